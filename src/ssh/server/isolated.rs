//! A fault of this program in one session ends that session and no other.

use std::fmt::Display;

use crate::commands::CommandError;
use crate::hall::HallError;

use super::metrics::Metrics;

/// Runs in a task of its own; `whose` stands in the log if it breaks.
///
/// Errors: a fault, in words for whoever it was done for; what it was about may be somebody's words and is told to nobody.
pub async fn isolated<T: Send + 'static>(
    (whose, metrics): (&(dyn Display + Sync), &Metrics),
    running: impl Future<Output = T> + Send + 'static,
) -> Result<T, CommandError> {
    tokio::spawn(running).await.map_err(|fault| {
        metrics.panics.add(1);
        tracing::error!(%whose, panicked = fault.is_panic(), "a session broke");
        CommandError::Failed(HallError::Failed(
            "this session broke by a fault of guildhall; what you typed is kept, and the server's log has more"
                .to_owned(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_ends_its_own_session_and_no_other() {
        let metrics = Metrics::default();
        let (go_on, told) = tokio::sync::oneshot::channel();
        let beside = isolated((&"m_b", &metrics), async move { told.await.map(|n: u32| n + 1) });
        let breaks = isolated::<u32>((&"m_a", &metrics), async { panic!("what somebody typed") });
        let breaks = async {
            let broke = breaks.await;
            go_on.send(1).unwrap();
            broke
        };
        let (beside, broke) = tokio::join!(beside, breaks);
        let words = broke.unwrap_err().to_string();
        assert!(words.contains("what you typed is kept") && !words.contains("what somebody typed"), "{words}");
        assert_eq!((beside.unwrap().unwrap(), metrics.panics.get()), (2, 1));
    }
}
