//! Requests under way: reads side by side, changes one after the other, each in a task of its own so that a fault in one
//! is an answer and the session goes on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::hall::{HeldKey, Holder};

use super::actor::Actor;
use super::perform::perform;
use super::request::{Reply, Request, Trouble};
use super::update::Message;

/// How long leaving may take: what was typed is kept meanwhile.
pub const LAST: Duration = Duration::from_secs(3);

type Asked = (u64, Request);

/// A request under way, given up when nobody waits for it any more.
struct Abandoned(JoinHandle<Result<Reply, Trouble>>);

impl Future for Abandoned {
    type Output = Result<Reply, Trouble>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let broke = |_| Err(Trouble::Failed("this broke by a fault of guildhall; what you typed is kept".to_owned()));
        Pin::new(&mut self.0).poll(cx).map(|done| done.unwrap_or_else(broke))
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Who is asked, and where answers go.
pub struct Asking {
    actor: Actor,
    answers: mpsc::UnboundedSender<Message>,
    writer: mpsc::UnboundedSender<Asked>,
    leaving: watch::Sender<bool>,
}

impl Asking {
    /// For an actor; answers come to `answers`.
    pub fn new(actor: Actor, answers: mpsc::UnboundedSender<Message>) -> Self {
        let (leaving, left) = watch::channel(false);
        let writer = writer((actor.clone(), answers.clone()), left);
        Self { actor, answers, writer, leaving }
    }

    /// Reads run side by side; what changes something, or takes a place, runs in the order it was asked.
    pub fn ask(&self, to: u64, request: Request) {
        if request.waits_its_turn() {
            // the writer ends with the session alone
            let _ = self.writer.send((to, request));
            return;
        }
        let (actor, answers) = (self.actor.clone(), self.answers.clone());
        tokio::spawn(async move { answer(&actor, (to, request), &answers).await });
    }

    /// The session is being left.
    pub fn leave(&self) {
        self.leaving.send_replace(true);
    }
}

/// One after the other. Once the session is left a signature that hasn't come doesn't come: what is to be kept is next. What
/// was signed by then is finished.
fn writer(
    (actor, answers): (Actor, mpsc::UnboundedSender<Message>),
    mut left: watch::Receiver<bool>,
) -> mpsc::UnboundedSender<Asked> {
    let (sender, mut asked) = mpsc::unbounded_channel::<Asked>();
    tokio::spawn(async move {
        while let Some(next) = asked.recv().await {
            let keeps = matches!(next.1, Request::Keep { .. });
            let over = async {
                if keeps || left.wait_for(|left| *left).await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(LAST / 4).await;
            };
            let holder = Arc::new(Holder::default());
            let held = HeldKey::of(Arc::clone(&actor.signer), Arc::clone(&holder));
            let actor = Actor { signer: Arc::new(held), ..actor.clone() };
            let answering = answer(&actor, next, &answers);
            tokio::pin!(answering);
            tokio::select! {
                biased;
                () = &mut answering => {}
                () = over => {
                    holder.leaves();
                    if holder.has_signed() {
                        answering.await;
                    }
                }
            }
        }
    });
    sender
}

async fn answer(actor: &Actor, (to, request): Asked, answers: &mpsc::UnboundedSender<Message>) {
    let kept = if let Request::Keep { item, .. } = &request { Some(item.clone()) } else { None };
    let tell = move |reply: Result<Reply, Trouble>| Message::Replied { to, reply: Box::new(reply) };
    let running = {
        let (actor, answers) = (actor.clone(), answers.clone());
        let progress = move |reply| answers.send(tell(Ok(reply))).is_ok();
        // a task of its own: a fault in it is an answer, and the session goes on
        Abandoned(tokio::spawn(async move { perform(&actor, request, &progress).await }))
    };
    let reply = running.await;
    let message = match (kept, reply) {
        (Some(item), Ok(_)) => Message::Kept(item, Ok(())),
        (Some(item), Err(Trouble::Refused(refusal))) => Message::Kept(item, Err(refusal.reason)),
        (Some(item), Err(Trouble::Failed(why))) => Message::Kept(item, Err(why)),
        (_, reply) => tell(reply),
    };
    let _ = answers.send(message);
}
