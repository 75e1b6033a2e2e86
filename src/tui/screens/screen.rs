//! The closed list of screens, and which one a place opens.

use crate::tui::place::Place;
use crate::tui::scene::Scene;

use super::hall::Hall;
use super::judge::Judge;

macro_rules! screens {
    ($($variant:ident),+ $(,)?) => {
        /// A screen; see the file of its name.
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each variant is the file of its name")]
        pub enum Screen {
            $($variant($variant)),+
        }

        impl Screen {
            /// The screen, to be asked.
            pub fn scene(&self) -> &dyn Scene {
                match self { $(Self::$variant(scene) => scene),+ }
            }

            /// The screen, to be changed.
            pub fn scene_mut(&mut self) -> &mut dyn Scene {
                match self { $(Self::$variant(scene) => scene),+ }
            }
        }
    };
}

screens!(Hall, Judge);

impl Screen {
    /// The screen at a place.
    pub fn at(place: Place) -> Self {
        match place {
            Place::Judge { guild, first } => Self::Judge(Judge::new(guild, first)),
            Place::Revise(item) => Self::Judge(Judge::revise(item)),
            _ => Self::Hall(Hall::default()),
        }
    }
}
