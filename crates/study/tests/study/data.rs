//! Data sets, from small files in the published formats.

use std::path::{Path, PathBuf};
use suasion_persuasion::Settings;
use suasion_study::data::ethics::{self, EthicsPart};
use suasion_study::data::movielens::MovieLens;
use suasion_study::data::{Items, moral_strength};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            let path = folder.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn all() -> MovieLens {
    MovieLens { least_ratings: 1, user: None }
}

fn movielens(files: &[(&str, &[u8])], set: &MovieLens) -> Result<Items, String> {
    let folder = Folder::new(files);
    let found = set.read(folder.0.path(), &Settings::default(), &|_| ());
    found.map_err(|cause| {
        assert!(cause.is_usage());
        cause.to_string().replace(folder.0.path().to_str().unwrap(), "DIR")
    })
}

const RATINGS: &[u8] =
    b"userId,movieId,rating,timestamp\n1,10,4.0,0\n1,20,0.5,0\n2,10,5,0\n3,20,5.0,0\n3,5000000,3.5,0\n";
const MOVIES: &[u8] = b"movieId,title,genres\n10,\"Door, The (1999)\",Drama|Film-Noir\n20,Sea (2001),(no genres listed)\n5000000,Late (2020),War\n30,Never rated (1950),War\n";

fn rows(items: &Items) -> Vec<(&str, &str, f64)> {
    items.items.iter().map(|item| (item.name.as_str(), item.text.as_str(), item.human)).collect()
}

#[test]
fn films() {
    let files = [("ratings.csv", RATINGS), ("movies.csv", MOVIES)];
    let found = movielens(&files, &all()).unwrap();
    // (4.5 - 0.5) / 4.5, (2.75 - 0.5) / 4.5, (3.5 - 0.5) / 4.5.
    let expected = [
        ("10", "Door, The (1999). Genres: Drama, Film-Noir", 8.0 / 9.0),
        ("20", "Sea (2001)", 0.5),
        ("5000000", "Late (2020). Genres: War", 2.0 / 3.0),
    ];
    assert_eq!(rows(&found), expected);
    assert_eq!(found.set, "movielens");
    let many = movielens(&files, &MovieLens { least_ratings: 2, user: None }).unwrap();
    assert_eq!(rows(&many), expected[..2]);
    let own = movielens(&files, &MovieLens { least_ratings: 1, user: Some(3) }).unwrap();
    assert_eq!(rows(&own), [("20", "Sea (2001)", 1.0), expected[2]]);
    let both = movielens(&files, &MovieLens { least_ratings: 2, user: Some(1) }).unwrap();
    assert_eq!(rows(&both), [("10", expected[0].1, 7.0 / 9.0), ("20", "Sea (2001)", 0.0)]);
}

#[test]
fn old_files() {
    let movies = b"10::Caf\xe9, The (1990)::Comedy|Drama\n20::A :: B (1991)::War\n";
    let whole =
        movielens(&[("ratings.dat", b"1::10::1::9\n2::10::4::9\n2::20::5::9\n"), ("movies.dat", movies)], &all());
    let expected =
        [("10", "Café, The (1990). Genres: Comedy, Drama", 0.375), ("20", "A :: B (1991). Genres: War", 1.0)];
    assert_eq!(rows(&whole.unwrap()), expected);
    // Ten million ratings were published in this format, with half stars.
    let halves =
        movielens(&[("ratings.dat", b"1::10::0.5::9\n2::20::5::9\r\n"), ("movies.dat", movies)], &all()).unwrap();
    assert_eq!(halves.items.iter().map(|item| item.human).collect::<Vec<_>>(), [0.0, 1.0]);
}

#[test]
fn ratings_that_are_refused() {
    let refused = |ratings: &[u8], movies: &[u8], set: &MovieLens, expected: &str| {
        let found = movielens(&[("ratings.csv", ratings), ("movies.csv", movies)], set).unwrap_err();
        assert!(found.contains(expected), "{found}");
    };
    let one = |row: &str, expected: &str| {
        refused(format!("userId,movieId,rating,timestamp\n1,10,4.0,0\n{row}\n").as_bytes(), MOVIES, &all(), expected);
    };
    one("1,10,5.5,0", r#"ratings.csv, line 3: column rating: found "5.5", expected half stars, from 0.5 to 5"#);
    one("1,10,0,0", r#"line 3: column rating: found "0""#);
    one("1,10,nan,0", r#"line 3: column rating: found "nan""#);
    one("1,10,,0", r#"line 3: column rating: found """#);
    one("1,x,4,0", r#"line 3: column movieId: found "x", expected a whole number"#);
    one("-1,10,4,0", r#"line 3: column userId: found "-1""#);
    one("1,10,4", "line 3: found 3 fields, expected 4");
    one("1,99,4,0", "movies.csv: found no film 99, expected every one that");
    refused(
        b"userId,movieId,stars\n1,1,1\n",
        MOVIES,
        &all(),
        r#"line 1: found the columns "userId", "movieId", "stars", expected one with the name rating"#,
    );
    refused(b"", MOVIES, &all(), "expected one with the name userId");
    refused(b"userId,movieId,rating\n", MOVIES, &all(), "found no film with 1 ratings or more");
    let user = |user, least_ratings| MovieLens { least_ratings, user: Some(user) };
    refused(RATINGS, MOVIES, &user(7, 1), "found no ratings of user 7");
    refused(RATINGS, MOVIES, &user(1, 3), "found no film that user 1 rated and that has 3 ratings or more");
    refused(RATINGS, b"movieId,title\n", &all(), "movies.csv, line 1: found the columns");
    refused(
        RATINGS,
        b"movieId,title,genres\n10, ,War\n",
        &all(),
        r#"movies.csv, line 2: column title: found "", expected a text"#,
    );
    refused(
        RATINGS,
        b"movieId,title,genres\n10,\xff,War\n",
        &all(),
        "movies.csv, line 2: found bytes that are not UTF-8",
    );
    let twice = [MOVIES, b"10,Door (1999),War\n"].concat();
    refused(RATINGS, &twice, &all(), r#"found two items with the name "10""#);
    let old = |ratings: &[u8], movies: &[u8], expected: &str| {
        let found = movielens(&[("ratings.dat", ratings), ("movies.dat", movies)], &all()).unwrap_err();
        assert!(found.contains(expected), "{found}");
    };
    old(
        b"1::10::4::9\n1::10::6::9\n",
        b"10::A::B\n",
        "ratings.dat, line 2: found \"1::10::6::9\", expected user::film::rating::time",
    );
    old(b"1::10::4\n", b"10::A::B\n", "line 1");
    old(b"1:10:4:9\n", b"10::A::B\n", "line 1");
    old(b"1::10::4::9::9\n", b"10::A::B\n", "line 1");
    old(b"\n", b"10::A::B\n", "line 1");
    old(b"1::10::4::9\n", b"10::A\n", "movies.dat, line 1: found \"10::A\", expected film::title::genres");
    old(b"1::10::4::9\n", b"10:: ::War\n", "movies.dat, line 1");
    assert!(movielens(&[], &all()).unwrap_err().contains("DIR: found no ratings, expected a folder with ratings.csv"));
    assert!(movielens(&[("ratings.csv", RATINGS)], &all()).unwrap_err().contains("DIR/movies.csv: "));
    let both = [("ratings.csv", RATINGS), ("ratings.dat", RATINGS)];
    assert!(movielens(&both, &all()).unwrap_err().contains("found ratings.csv and ratings.dat"));
}

fn scenarios(folder: &Folder, name: &str, part: Option<EthicsPart>) -> Result<Items, String> {
    let found = ethics::read(&folder.path(name), part);
    found.map_err(|cause| cause.to_string().replace(folder.0.path().to_str().unwrap(), "DIR"))
}

#[test]
fn scenarios_of_every_part() {
    let folder = Folder::new(&[
        (
            "ethics/commonsense/cm_test.csv",
            b"label,input,is_short,edited\n0,\"I fed the cat, twice.\",True,False\n1,I kicked it.,True,False\n",
        ),
        ("ethics/commonsense/cm_test_hard.csv", b"label,input,is_short,edited\n1,\"I lied.\n\nTwice.\",False,False\n"),
        ("ethics/commonsense/cm_ambig.csv", b"Somebody did something.\n"),
        ("ethics/justice/justice_test.csv", b"label,scenario\n1,He gave me more because I worked more.\n"),
        (
            "ethics/deontology/deontology_test.csv",
            b"label,scenario,excuse\n0,Could you walk the dog?,But I like tea.\n",
        ),
        ("ethics/virtue/virtue_test.csv", b"label,scenario\n1,Ann ran into the fire. [SEP] brave\n"),
        ("ethics/utilitarianism/util_test.csv", b"I ate a fresh pie.,I ate an old pie.\n"),
    ]);
    let found = |part| scenarios(&folder, "ethics", Some(part)).unwrap();
    let expected = [
        ("cm-test-1", "I fed the cat, twice.", 1.0),
        ("cm-test-2", "I kicked it.", 0.0),
        ("cm-test-hard-1", "I lied.\n\nTwice.", 0.0),
    ];
    assert_eq!(rows(&found(EthicsPart::Commonsense)), expected);
    assert_eq!(rows(&found(EthicsPart::Justice)), [("justice-test-1", "He gave me more because I worked more.", 1.0)]);
    assert_eq!(
        rows(&found(EthicsPart::Deontology)),
        [("deontology-test-1", "Could you walk the dog? But I like tea.", 0.0)]
    );
    assert_eq!(rows(&found(EthicsPart::Virtue)), [("virtue-test-1", "Ann ran into the fire. Trait: brave", 1.0)]);
    let pair = [("util-test-1-a", "I ate a fresh pie.", 1.0), ("util-test-1-b", "I ate an old pie.", 0.0)];
    assert_eq!(rows(&found(EthicsPart::Utilitarianism)), pair);
    // The folder of a part, or a file, identifies the part.
    assert_eq!(rows(&scenarios(&folder, "ethics/commonsense", None).unwrap()), expected);
    assert_eq!(rows(&scenarios(&folder, "ethics/commonsense/cm_test.csv", None).unwrap()), expected[..2]);
    let several = scenarios(&folder, "ethics", None).unwrap_err();
    assert!(
        several.contains(
            "found the parts commonsense, justice, deontology, virtue, utilitarianism; choose one with --part"
        ),
        "{several}"
    );
    let other = scenarios(&folder, "ethics/justice", Some(EthicsPart::Virtue)).unwrap_err();
    assert_eq!(other, "DIR/ethics/justice: found no files of ETHICS, expected virtue_*.csv");
}

fn groups(items: &Items) -> Vec<usize> {
    items.items.iter().map(|item| item.group).collect()
}

#[test]
fn scenarios_that_belong_together() {
    let folder = Folder::new(&[
        (
            "deontology_test.csv",
            b"label,scenario,excuse\n0,Walk the dog?,I like tea.\n1,Walk the dog?,It sleeps.\n1,Sing?,I am hoarse.\n1,Walk the dog?,It is ill.\n",
        ),
        ("virtue_test.csv", b"label,scenario\n1,Ann ran. [SEP] brave\n0,Ann ran. [SEP] vain\n0,Bob ate. [SEP] vain\n"),
        ("util_test.csv", b"A,B\nC,D\n"),
        ("util_train.csv", b"A,B\n"),
        ("cm_test.csv", b"label,input\n0,A\n0,B\n"),
    ]);
    let found = |part| groups(&scenarios(&folder, ".", Some(part)).unwrap());
    assert_eq!(found(EthicsPart::Deontology), [0, 0, 1, 0]);
    assert_eq!(found(EthicsPart::Virtue), [0, 0, 1]);
    assert_eq!(found(EthicsPart::Utilitarianism), [0, 0, 1, 1, 2, 2]);
    assert_eq!(found(EthicsPart::Commonsense), [0, 1]);
    let pairs = scenarios(&folder, ".", Some(EthicsPart::Utilitarianism)).unwrap();
    for (most, expected) in [(1, 2), (2, 2), (3, 2), (4, 4), (9, 6)] {
        let drawn = groups(&pairs.clone().draw(most, 1));
        assert_eq!(drawn.len(), expected);
        assert!(drawn.chunks(2).all(|pair| pair[0] == pair[1]), "{drawn:?}");
    }
}

#[test]
fn scenarios_that_are_refused() {
    let refused = |name: &str, content: &str, expected: &str| {
        let folder = Folder::new(&[(name, content.as_bytes())]);
        let found = scenarios(&folder, name, None).unwrap_err();
        assert!(found.contains(expected), "{found}");
    };
    refused(
        "cm_test.csv",
        "label,text\n0,A\n",
        "DIR/cm_test.csv, line 1: found the columns \"label\", \"text\", expected one with the name input",
    );
    refused("cm_test.csv", "label,label,input\n0,0,A\n", "line 1: found two columns label, expected one");
    refused("cm_test.csv", "label,input\n0,\"A\nB\"\n2,C\n", "line 4: column label: found \"2\", expected 0 or 1");
    refused("cm_test.csv", "label,input\n0,\n", "line 2: column input: found \"\", expected a text");
    refused("cm_test.csv", "label,input\n", "found no items, expected at least one");
    refused("cm_test.csv", "", "DIR/cm_test.csv");
    refused("cm_test.csv", "label,input\n0,A,B\n", "line 2: found 3 fields, expected 2");
    refused("deontology_test.csv", "label,scenario,excuse\n0,A,\n", "line 2: column excuse");
    refused(
        "virtue_test.csv",
        "label,scenario\n0,A brave\n",
        "line 2: column scenario: found \"A brave\", expected a scene, [SEP] and a trait",
    );
    refused("virtue_test.csv", "label,scenario\n0,[SEP] brave\n", "expected a scene, [SEP] and a trait");
    refused("util_test.csv", "A,B,C\n", "line 1: found 3 columns, expected 2");
    refused("util_test.csv", "A,B\nC,\n", "line 2: column the less pleasant scenario: found \"\"");
    refused("other.csv", "label,input\n0,A\n", "its name does not show which part it is");
    let folder = Folder::new(&[("a.txt", b"")]);
    let found = ethics::read(folder.0.path(), None).unwrap_err().to_string();
    assert!(found.contains("found no files of ETHICS"), "{found}");
    assert!(
        ethics::read(Path::new("/nowhere/cm_test.csv"), None)
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere/cm_test.csv: ")
    );
}

#[test]
fn words() {
    let read = |content: &str| {
        let folder = Folder::new(&[("words.csv", content.as_bytes())]);
        moral_strength::read(&folder.path("words.csv")).map_err(|cause| cause.to_string())
    };
    let found = read("lemma,foundation,rating\nhelp,care,9\nhelp,fairness,6.0\nhurt,care,1.5\n").unwrap();
    let expected = [
        ("care-1", "help. Foundation: care", 1.0),
        ("fairness-2", "help. Foundation: fairness", 0.625),
        ("care-3", "hurt. Foundation: care", 0.0625),
    ];
    assert_eq!(rows(&found), expected);
    assert_eq!(groups(&found), [0, 0, 1]);
    let twice = read("lemma,foundation,rating\nhelp,care,9\nhurt,care,1\nhelp,care,7\n").unwrap();
    assert_eq!(rows(&twice), [("care-1", "help. Foundation: care", 0.875), ("care-2", "hurt. Foundation: care", 0.0)]);
    for (rows, expected) in [
        ("help,care,9.5", "line 2: column rating: found \"9.5\", expected a number from 1 to 9"),
        ("help,care,NaN", "line 2: column rating"),
        (",care,5", "line 2: column lemma"),
    ] {
        let cause = read(&format!("lemma,foundation,rating\n{rows}\n")).unwrap_err();
        assert!(cause.contains(expected), "{cause}");
    }
}

#[test]
fn draws_grow() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..50).map(|i| format!("{},item {i}", i % 2)).collect();
    let path = folder.path().join("justice_test.csv");
    std::fs::write(&path, format!("label,scenario\n{}\n", rows.join("\n"))).unwrap();
    let all = ethics::read(&path, None).unwrap();
    let names = |most, seed| all.clone().draw(most, seed).items.into_iter().map(|item| item.name).collect::<Vec<_>>();
    let (few, more) = (names(10, 3), names(30, 3));
    assert_eq!((few.len(), more.len(), names(99, 3).len()), (10, 30, 50));
    assert!(few.iter().all(|name| more.contains(name)));
    let place = |name: &String| all.items.iter().position(|item| item.name == *name).unwrap();
    assert!(more.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
    assert_ne!(few, names(10, 4));
    assert_eq!(few, names(10, 3));
}
