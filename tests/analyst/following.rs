//! Last week's actions come back: to the model as aliases and claims, to the rules as figures.

use serde_json::{Value, json};
use weekledger::config::Provider;
use weekledger::stages::analyze::EarlierReport;
use weekledger::stages::read_evidence;
use weekledger_events::payload::InputRef;
use weekledger_events::{Digest, Sequence, StreamId};
use weekledger_projections::claim::{Alias, ClaimSet};
use weekledger_projections::earlier::Earlier;
use weekledger_projections::figure::{Metric, Status, Window};
use weekledger_projections::words::{
    Action, Department, DepartmentWords, Ground, Part, Sentence, Show, Words,
};

use super::double::{Script, answer, pass};
use super::fixture::{World, ordinary, report, week};
use super::server::Server;
use super::stage::Bench;

/// The second account's leads have collapsed.
fn collapsed() -> World {
    let mut world = World::normal();
    for ad_set in world.accounts[1].campaigns.iter_mut().flat_map(|one| &mut one.ad_sets) {
        ad_set.weeks = ordinary(20, 9000, 30);
        (ad_set.weeks[18].1, ad_set.weeks[19].1) = (2, 1);
    }
    world
}

/// What a report of a collapsed week asked for: a test of the second account's forms.
fn asked_for() -> EarlierReport {
    let made = collapsed().make();
    let leads = leads(&made.claims);
    assert_eq!(leads.status, Some(Status::Alert));
    let sentence = Sentence(vec![
        Part::Text("Send a test lead through the forms of ".to_owned()),
        Part::Show { claim: leads.id, show: Show::Name },
        Part::Text(", Meta leads are at ".to_owned()),
        Part::Show { claim: leads.id, show: Show::Value },
        Part::Text(".".to_owned()),
    ]);
    let action = Action { sentence, grounds: vec![Ground::Claim(leads.id)] };
    let digital = DepartmentWords { department: Department::Digital, actions: vec![action] };
    let words = Words { departments: vec![digital], ..Words::default() };
    let stream = StreamId::new(report(), week().plus(-1));
    let analysis = InputRef { stream, sequence: Sequence::FIRST, digest: Digest::of(b"analysis") };
    EarlierReport { analysis, earlier: Earlier::of(&made.claims, &[], &words) }
}

fn leads(set: &ClaimSet) -> &weekledger_projections::claim::Claim {
    let account: Alias = "A2".parse().unwrap();
    set.figure(account, Metric::MetaLeads, Window::Week, None).unwrap()
}

#[tokio::test]
async fn the_model_is_told_what_was_asked_for_by_aliases_and_claims_only() {
    let world = World::normal();
    let set = world.make().claims;
    let script = Script::right(&set);
    let server = Server::start(move |_, asked| answer(&script.answer(asked)));
    let mut bench = Bench::new(world, &server.base_url);
    bench.earlier = Some(asked_for());
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.provider, "anthropic", "{:?}", done.analyst.fallback);
    let asked = server.asked();
    let last = asked.iter().find(|asked| pass(asked) == "recommend").unwrap().json();
    let said = last["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    let said = said.as_str().unwrap();
    let start = said.find("[{").unwrap();
    let end = said.find("}]\n").unwrap() + 2;
    let told: Value = serde_json::from_str(&said[start..end]).unwrap();
    let expected = json!([{
        "department": "Digital/Dev",
        "said": "Send a test lead through the forms of A2, Meta leads are at (a figure).",
        "rested_on": [{
            "measure": "meta_leads",
            "direction_then": "DOWN",
            "status_then": "ALERT",
            "claim_now": leads(&set).id.to_string(),
        }],
    }]);
    assert_eq!(told, expected);
    assert!(!said.contains("Harbour"), "{said}");
}

#[tokio::test]
async fn what_was_followed_up_is_pinned_by_the_event() {
    let server = Server::start(|_, _| unreachable!("the rules ask nobody"));
    let mut bench = Bench::new(World::normal(), &server.base_url);
    bench.settings.analyst.provider = Provider::Rules;
    let earlier = asked_for();
    bench.earlier = Some(earlier.clone());
    let done = bench.analyze(15).await.unwrap();
    let pinned = done.earlier.unwrap();
    assert_eq!(pinned.analysis, earlier.analysis);
    let kept = read_evidence(&bench.archive, &pinned.actions).await.unwrap();
    assert_eq!(serde_json::from_slice::<Earlier>(&kept).unwrap(), earlier.earlier);
}

#[tokio::test]
async fn the_rules_say_what_became_of_it() {
    for (world, says) in [
        (
            World::normal(),
            "What was asked for last week: at Harbour Residence, Meta leads stayed within the ordinary range at ",
        ),
        (collapsed(), "It was asked for last week as well."),
    ] {
        let server = Server::start(|_, _| unreachable!("the rules ask nobody"));
        let mut bench = Bench::new(world, &server.base_url);
        bench.settings.analyst.provider = Provider::Rules;
        bench.earlier = Some(asked_for());
        let done = bench.analyze(15).await.unwrap();
        assert_eq!(done.verification.findings, Vec::<String>::new());
        let text = read_evidence(&bench.archive, &done.text).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(says), "{text}");
    }
}
