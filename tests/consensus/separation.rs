//! Who may settle, rule and sign off under strict, reduced and solo separation.

use guildhall::domain::{
    Act, Credential, Dispute, DisputeCause, Event, InstitutionId, ItemState, Member, MemberKey, Refusal, Route, Rule,
    State, Timestamp, decide, may_adjudicate, may_review,
};

use crate::support::items::Trial;
use crate::support::kinds::KINDS;

/// The trial with one more member: a professional of this institution, entry 100 and on.
fn with_member(trial: &mut Trial, number: u64, institution: &InstitutionId) {
    let (id, far) = (Trial::member(number), Timestamp::from_ms(i64::MAX));
    let (guild, attester) = (trial.item.guild.clone(), Trial::member(0));
    let (class, institution) = ("professional".to_owned(), institution.clone());
    let credential = Credential { guild, class, institution, expires: far, attester, seq: 0 };
    let member = Member {
        keys: vec![MemberKey { line: String::new(), fingerprint: number.to_string(), revoked: None }],
        credentials: vec![credential],
        ..Member::new(id.clone(), "", Timestamp::from_ms(0))
    };
    trial.state.members.insert(id, member);
}

fn rule_of(refused: Result<(), Refusal>) -> Option<Rule> {
    refused.err().map(|refusal| refusal.rule)
}

fn signs(state: &State, trial: &Trial, number: u64) -> Option<Rule> {
    let charter = state.charter_of(&trial.item).unwrap();
    let act = Act {
        actor: Some(Trial::member(number)),
        key: number.to_string(),
        guild: Some(trial.item.guild.clone()),
        item: Some(trial.item.id.clone()),
        charter: None,
        shown: None,
        terms: state.digest_of_terms(&charter.terms),
        event: Event::ReviewSigned {},
        parts: Default::default(),
    };
    rule_of(decide(state, &act, Timestamp::from_ms(0)))
}

#[test]
fn reduced_and_solo_separation() {
    let [home, away] = [1, 2].map(|byte| InstitutionId::from_entropy([byte; 16]));
    let two = |separation| {
        KINDS[0].trial(separation, (2, 2)).rated(home.as_str(), "board", "a").rated(home.as_str(), "board", "a")
    };
    assert_eq!(
        ["strict", "reduced", "solo"].map(|word| two(word).route().to),
        [Route::Disputed, Route::Agreed, Route::Agreed]
    );

    // who may follow: 101 and 102 are of the raters' institution, which is also the ruler's; 103 is not
    let follows = |separation, disputed: bool| {
        let mut trial = two(separation);
        (101..=102).for_each(|number| with_member(&mut trial, number, &home));
        with_member(&mut trial, 103, &away);
        trial = if disputed { trial.in_state(ItemState::Disputed) } else { trial.ruled("a").signed(home.as_str()) };
        trial.item.rulings.iter_mut().for_each(|ruling| ruling.standing.institution = home.to_string());
        let dispute = Dispute { seq: 9, at: Timestamp::from_ms(0), cause: DisputeCause::Disagreement, labels: vec![] };
        trial.item.dispute = disputed.then_some(dispute);
        let mut state = trial.state.clone();
        state.items.insert(trial.item.id.clone(), trial.item.clone());
        (trial, state)
    };
    let at = Timestamp::from_ms(0);
    for (separation, expected) in [("strict", Some(Rule::AdjudicatorInstitution)), ("reduced", None), ("solo", None)] {
        let (trial, state) = follows(separation, true);
        let rule = |number| rule_of(may_adjudicate(&state, &trial.item.id, &Trial::member(number), at));
        assert_eq!([rule(101), rule(103)], [expected, None], "{separation}");
    }
    for (separation, expected) in [
        ("strict", [Some(Rule::ReviewerInstitution), None]),
        ("reduced", [None, None]),
        ("solo", [Some(Rule::NotReviewable), Some(Rule::NotReviewable)]),
    ] {
        let (trial, state) = follows(separation, false);
        assert_eq!([signs(&state, &trial, 102), signs(&state, &trial, 103)], expected, "{separation}");
        let reviews = may_review(&state, &trial.item.id, &Trial::member(102), at).is_ok();
        assert_eq!(reviews, separation != "solo", "{separation}");
        // one sign-off is not enough, two are, under strict separation alone
        let signed = Event::ReviewSigned {};
        assert_eq!(trial.after(&signed), None);
        let routed = trial.signed("elsewhere").after(&signed).map(|routing| routing.to);
        assert_eq!(routed, (separation == "strict").then_some(Route::Gold), "{separation}");
    }
    let tier = |separation| format!("{:?}", two(separation).ruled("a").label().unwrap().tier);
    assert_eq!(["strict", "reduced", "solo"].map(tier), ["Adjudicated", "Adjudicated", "Single"]);
}
