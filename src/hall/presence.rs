//! Who is in the hall now: working state of this process, never kept, and never on which item.

use std::sync::{Arc, PoisonError};

use crate::domain::MemberId;

use super::error::HallError;
use super::opened::Hall;

/// A member's stay; it ends when this is dropped.
pub struct Stay {
    hall: Arc<Hall>,
    member: MemberId,
}

impl Hall {
    /// A member comes in.
    pub fn come_in(self: &Arc<Self>, member: &MemberId) -> Stay {
        let mut here = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
        *here.entry(member.clone()).or_default() += 1;
        Stay { hall: Arc::clone(self), member: member.clone() }
    }

    /// Handles of those who are in the hall, in order.
    pub async fn present(&self) -> Result<Vec<String>, HallError> {
        let here: Vec<MemberId> = {
            let here = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
            here.keys().cloned().collect()
        };
        let names = self.names("member").await?;
        let name = |id: &MemberId| names.iter().find(|(known, _)| known == id.as_str()).map(|(_, name)| name.clone());
        let mut handles: Vec<String> = here.iter().map(|id| name(id).unwrap_or_else(|| id.to_string())).collect();
        handles.sort();
        Ok(handles)
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut here = self.hall.presence.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sessions) = here.get_mut(&self.member) {
            *sessions -= 1;
            if *sessions == 0 {
                here.remove(&self.member);
            }
        }
    }
}
