//! What keys do: every action with its name and its line of help. Where and on which key stands in `binding`.

macro_rules! actions {
    ($($variant:ident = $name:literal, $brief:literal, $help:literal;)+) => {
        /// Something a key or the palette does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $help] $variant),+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in key files and in the palette.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The word for the footer; none for keys that everybody tries.
            pub fn brief(self) -> &'static str {
                match self { $(Self::$variant => $brief),+ }
            }

            /// What it does, in a few words.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),+ }
            }
        }
    };
}

actions! {
    Quit = "quit", "quit", "leave guildhall";
    Back = "back", "back", "back, nothing typed is lost";
    Help = "help", "help", "all keys that work here";
    Contents = "contents", "contents", "the headings of this text";
    Changes = "changes", "what changed", "what the last seven days changed";
    Palette = "palette", "command", "find an action or an item by name";
    Refresh = "refresh", "", "show what changed";
    GoHall = "go-hall", "", "go to the hall";
    GoQueue = "go-queue", "", "go to the queue";
    GoDisputes = "go-disputes", "", "go to disputes";
    GoReviews = "go-reviews", "", "go to what waits for review";
    GoGold = "go-gold", "", "go to gold and releases";
    GoAgreement = "go-agreement", "", "go to how far raters agree";
    GoStake = "go-stake", "", "go to who made the gold, and how concentrated that is";
    GoMembers = "go-members", "", "go to members and credentials";
    GoModels = "go-models", "", "go to the hall's models";
    GoLedger = "go-ledger", "", "go to the ledger";
    GoStuck = "go-stuck", "", "go to items on which nobody can act";
    GoConstitution = "go-constitution", "", "read the constitution";
    Down = "down", "", "next line or question";
    Up = "up", "", "previous line or question";
    PageDown = "page-down", "", "scroll on";
    PageUp = "page-up", "", "scroll back";
    First = "first", "", "to the start";
    Last = "last", "", "to the end";
    NextPart = "next-part", "next part", "next part or page";
    PreviousPart = "previous-part", "", "previous part or page";
    Open = "open", "open", "open; when all is answered, the review card";
    Search = "search", "search", "search";
    NextFound = "next-found", "", "next place found";
    PreviousFound = "previous-found", "", "previous place found";
    Fold = "fold", "", "fold or unfold the prompt";
    ShowHidden = "show-hidden", "hidden", "text as it is, cleaned, or escaped";
    Compare = "compare", "compare", "differences, word by word";
    Copy = "copy", "", "copy this output as it came, through the terminal";
    Guidelines = "guidelines", "guidelines", "what this question means, and the guidelines";
    Answer = "answer", "answer", "answer the question";
    Clear = "clear", "", "take the answer back";
    Undo = "undo", "undo", "undo the last answer";
    NextItem = "next-item", "next item", "next item";
    PreviousItem = "previous-item", "", "previous item";
    MarkText = "mark-text", "mark", "mark text";
    Edit = "edit", "write", "write";
    EditOutside = "edit-outside", "", "write in $EDITOR";
    SaveDraft = "save-draft", "draft", "keep the draft";
    Skip = "skip", "skip", "skip this item, with a reason";
    Flag = "flag", "flag", "flag it to the stewards";
    Judge = "judge", "judge", "judge it";
    Revise = "revise", "revise", "revise your judgement";
    WithdrawJudgement = "withdraw-judgement", "take back", "take your judgement back";
    Adjudicate = "adjudicate", "rule", "rule on it";
    AskRater = "ask-rater", "ask a rater", "ask one more rater";
    Recuse = "recuse", "recuse", "step aside, with a reason";
    SignOff = "sign-off", "sign off", "sign off";
    Return = "return", "return", "return it, with a reason";
    Challenge = "challenge", "challenge", "challenge this gold, with a reason";
    WithdrawItem = "withdraw-item", "take out", "as a steward, take the item out";
    ResolveFlag = "resolve-flag", "resolve flag", "as a steward, resolve the flag";
    Evidence = "evidence", "models", "all that models say of it";
    Rerun = "rerun", "rerun", "have a model answer it again, and record it";
    Score = "score", "heat", "how surprising each word of an output is to a model";
    StopRerun = "stop-rerun", "stop", "stop the model; nothing is recorded";
    Note = "note", "note", "say something of it";
    Erase = "erase", "erase", "destroy words of yours, for good";
    Why = "why", "why", "every weight as a product of stored factors";
    Filter = "filter", "state", "filter by state";
    Guild = "guild", "guild", "choose the guild";
    Sort = "sort", "sort", "sort";
    Cut = "cut", "cut a release", "cut a release";
    Verify = "verify", "verify", "verify";
    AttestPetition = "attest-petition", "attest", "attest who asks to be admitted";
    TakeBackWord = "take-back-word", "take back", "take your word for a petition back";
    Object = "object", "object", "object to a petition, with a reason";
    Admit = "admit", "admit", "as a steward, admit who asks";
    Decline = "decline", "decline", "as a steward, decline a petition, with a reason";
    AddMember = "add-member", "add member", "as a steward, add a member";
    Attest = "attest", "credential", "as a steward, attest a credential";
    Suspend = "suspend", "suspend", "as a steward, suspend a member under an article";
    Lift = "lift", "lift", "as another steward, lift a suspension";
    Appeal = "appeal", "appeal", "appeal against your suspension";
    OwnTerms = "own-terms", "your terms", "set what your contributions may be used for";
    RecoverKey = "recover-key", "lost key", "vouch for the new key of a member who lost theirs";
    StopRecovery = "stop-recovery", "stop key", "stop a key that others vouch for as yours";
    AddModel = "add-model", "add", "as a steward, fetch a model from a hub or an address";
    RemoveModel = "remove-model", "take out", "as a steward, take a model out of the hall";
    StopFetch = "stop-fetch", "stop", "as a steward, stop a model that is being fetched";
    SubmitDrafts = "submit-drafts", "sign all drafts", "submit every whole draft under one signature";
    Done = "done", "set", "done";
    Confirm = "confirm", "", "yes, sign and submit";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_action_has_help() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().all(|action| !action.help().is_empty()));
    }
}
