mod common;
use common::*;
use suasion_equilibrium::*;
use suasion_model::*;
use suasion_persuasion::Settings;
#[test]
fn debug() {
    for seed in 0..12 {
        let game = generated(Family::Opposed, 3, 3, 2, seed);
        let all = AllAgentsGame::new(&game, 0, &Settings::default()).unwrap();
        let found = all.search(&AllAgentsSearch { starts: 40, ..AllAgentsSearch::default() }, &|| {}).unwrap();
        for p in &found.profiles { if !p.verdict.certified() { println!("{seed} {:?} {:?}", p.verdict.failures, p.starts); } }
        println!("{seed}: {} eq, unsettled {} {:?}", found.equilibria().count(), found.unsettled, found.nearest);
    }
    for seed in 0..4 {
        let instance = generated(Family::Hull { eps: 0.05 }, 3, 3, 2, seed);
        let protocol = Protocol::new(2, 2, 2);
        let game = ConversationGame::new(&instance, 0, &protocol, 1_000_000, &Settings::default()).unwrap();
        let search = AllAgentsSearch { starts: 8, seed, rounds: 20, ..AllAgentsSearch::default() };
        let found = game.search(&search, &|| {}).unwrap();
        for p in &found.profiles { if !p.verdict.certified() { println!("c{seed} {:?} {:?} {:?}", p.verdict.failures, p.starts, p.stopped); } }
        println!("c{seed}: {} eq, unsettled {} {:?}", found.equilibria().count(), found.unsettled, found.nearest);
    }
}
