//! MovieLens (Harper & Konstan 2015, "The MovieLens datasets: history and context"): films, and how
//! users rate them.
//!
//! Two formats are published: `ratings.csv` with `movies.csv`, and `ratings.dat` with `movies.dat`,
//! whose fields are separated by `::`. Ratings are read once, as a stream, whatever their number.

use super::lines::{csv, open, places, refusal, shown, text};
use super::{DataError, DataItem, Items, lines::DataLines};
use crate::StudyError;
use ::csv::ByteRecord;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use suasion_persuasion::Settings;

/// Which ratings become the human utility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovieLens {
    /// Films with fewer ratings are left out.
    pub least_ratings: u64,
    /// The user whose ratings count. `None` for the mean over all users.
    pub user: Option<u64>,
}

/// The number of rows that are read between two checks of the limits.
const ROWS: u64 = 1 << 16;
/// Films whose numbers are below this are stored in a list.
const DENSE: u64 = 1 << 22;
/// What the number of a film or a user must be.
const WHOLE: &str = "a whole number";

/// The ratings of a film in half stars, so that their sum is exact.
#[derive(Clone, Copy, Debug, Default)]
struct Ratings {
    count: u64,
    sum: u64,
    /// The ratings of the chosen user.
    own_count: u64,
    own_sum: u64,
}

/// The ratings of all films.
#[derive(Default)]
struct Films {
    dense: Vec<Ratings>,
    others: HashMap<u64, Ratings>,
    /// Whether any rating is not in whole stars.
    halves: bool,
}

impl Films {
    fn at(&mut self, film: u64) -> &mut Ratings {
        if film >= DENSE {
            return self.others.entry(film).or_default();
        }
        let place = film as usize;
        if place >= self.dense.len() {
            self.dense.resize(place + 1, Ratings::default());
        }
        &mut self.dense[place]
    }

    fn add(&mut self, film: u64, half_stars: u64, own: bool) {
        self.halves |= half_stars % 2 == 1;
        let ratings = self.at(film);
        ratings.count += 1;
        ratings.sum += half_stars;
        if own {
            ratings.own_count += 1;
            ratings.own_sum += half_stars;
        }
    }

    fn all(&self) -> impl Iterator<Item = (u64, &Ratings)> {
        let dense = self.dense.iter().enumerate().map(|(film, ratings)| (film as u64, ratings));
        dense.chain(self.others.iter().map(|(&film, ratings)| (film, ratings))).filter(|(_, ratings)| ratings.count > 0)
    }
}

/// The files of a data set.
struct Files {
    ratings: PathBuf,
    movies: PathBuf,
    /// Whether fields are separated by `::`.
    old: bool,
}

impl Files {
    fn find(folder: &Path) -> Result<Self, DataError> {
        let files = |extension: &str, old| Self {
            ratings: folder.join(format!("ratings.{extension}")),
            movies: folder.join(format!("movies.{extension}")),
            old,
        };
        let (new, old) = (files("csv", false), files("dat", true));
        match (new.ratings.is_file(), old.ratings.is_file()) {
            (true, false) => Ok(new),
            (false, true) => Ok(old),
            (true, true) => Err(DataError::file(folder, "found ratings.csv and ratings.dat, expected one of them")),
            (false, false) => {
                let expected = "a folder with ratings.csv and movies.csv, or with ratings.dat and movies.dat";
                Err(DataError::file(folder, format!("found no ratings, expected {expected}")))
            }
        }
    }
}

impl MovieLens {
    /// Reads a folder. The human utility of a film is its rating, scaled to `[0, 1]` from the
    /// lowest to the highest possible rating: from half a star to five stars or, in old files
    /// without half stars, from one to five. `done` is called with the number of ratings read since
    /// the last call.
    ///
    /// # Errors
    /// If a file is missing or not valid, no film is left, or a limit of `settings` is reached.
    pub fn read(&self, folder: &Path, settings: &Settings, done: &dyn Fn(u64)) -> Result<Items, StudyError> {
        let files = Files::find(folder)?;
        let films = if files.old {
            self.old_ratings(&files.ratings, settings, done)?
        } else {
            self.ratings(&files.ratings, settings, done)?
        };
        let least = if files.old && !films.halves { 1.0 } else { 0.5 };
        let wanted = self.wanted(&films);
        if wanted.is_empty() {
            let problem = match self.user {
                Some(user) if films.all().all(|(_, ratings)| ratings.own_count == 0) => {
                    format!("found no ratings of user {user}, expected a user who has some")
                }
                Some(user) => {
                    let least = self.least_ratings;
                    format!("found no film that user {user} rated and that has {least} ratings or more, expected one")
                }
                None => format!("found no film with {} ratings or more, expected one", self.least_ratings),
            };
            return Err(DataError::file(&files.ratings, problem).into());
        }
        let movies = if files.old { old_movies(&files.movies)? } else { movies(&files.movies)? };
        let mut items = Vec::with_capacity(wanted.len());
        let mut missing = wanted.clone();
        for (film, text) in movies {
            if let Some(mean) = wanted.get(&film) {
                missing.remove(&film);
                let group = items.len();
                items.push(DataItem { name: film.to_string(), text, human: (mean - least) / (5.0 - least), group });
            }
        }
        if let Some(film) = missing.keys().min() {
            let problem = format!("found no film {film}, expected every one that {} rates", files.ratings.display());
            return Err(DataError::file(&files.movies, problem).into());
        }
        let whose = self.user.map_or("mean rating".into(), |user| format!("rating by user {user}"));
        let meaning =
            format!("{whose}, from {least} stars (0) to 5 (1); films with {} ratings or more", self.least_ratings);
        Ok(Items::new("movielens", meaning, items, &files.movies, vec![files.ratings.clone(), files.movies.clone()])?)
    }

    /// The mean ratings, in stars, of the chosen films.
    fn wanted(&self, films: &Films) -> HashMap<u64, f64> {
        let mean = |(film, ratings): (u64, &Ratings)| {
            let (sum, count) = match self.user {
                Some(_) => (ratings.own_sum, ratings.own_count),
                None => (ratings.sum, ratings.count),
            };
            (count > 0 && ratings.count >= self.least_ratings).then(|| (film, 0.5 * sum as f64 / count as f64))
        };
        films.all().filter_map(mean).collect()
    }

    fn is_own(&self, user: u64) -> bool {
        self.user == Some(user)
    }

    fn ratings(&self, path: &Path, settings: &Settings, done: &dyn Fn(u64)) -> Result<Films, StudyError> {
        const NAMES: [&str; 3] = ["userId", "movieId", "rating"];
        let mut reader = csv(path, true)?;
        let header = reader.headers().map_err(|cause| refusal(path, &cause))?;
        let places = places(path, header, &NAMES)?;
        let mut films = Films::default();
        let mut record = ByteRecord::new();
        let mut rows = 0;
        while reader.read_byte_record(&mut record).map_err(|cause| refusal(path, &cause))? {
            let field = |column: usize| record.get(places[column]).unwrap_or_default();
            let refuse = |column: usize, expected: &str| {
                let found = shown(&String::from_utf8_lossy(field(column)));
                let line = record.position().map_or(0, ::csv::Position::line);
                let name = NAMES[column];
                DataError::line(path, line, format!("column {name}: found {found}, expected {expected}"))
            };
            let user = whole(field(0)).ok_or_else(|| refuse(0, WHOLE))?;
            let film = whole(field(1)).ok_or_else(|| refuse(1, WHOLE))?;
            let stars = half_stars(field(2)).ok_or_else(|| refuse(2, "half stars, from 0.5 to 5"))?;
            films.add(film, stars, self.is_own(user));
            rows += 1;
            if rows % ROWS == 0 {
                go_on(settings, done)?;
            }
        }
        done(rows % ROWS);
        Ok(films)
    }

    fn old_ratings(&self, path: &Path, settings: &Settings, done: &dyn Fn(u64)) -> Result<Films, StudyError> {
        let mut reader = open(path)?;
        let mut films = Films::default();
        let mut line = vec![];
        let mut rows = 0;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            if read.map_err(|cause| DataError::file(path, cause.to_string()))? == 0 {
                break;
            }
            rows += 1;
            let text = line.trim_ascii_end();
            let mut fields = text.split(|&byte| byte == b':');
            // Two colons separate fields, so every other piece is empty.
            let pieces: [&[u8]; 7] = std::array::from_fn(|_| fields.next().unwrap_or(b"?"));
            let [user, a, film, b, stars, c, _] = pieces;
            let apart = fields.next().is_none() && a.is_empty() && b.is_empty() && c.is_empty();
            let numbers = (whole(user), whole(film), half_stars(stars));
            let (true, (Some(user), Some(film), Some(stars))) = (apart, numbers) else {
                let found = shown(&String::from_utf8_lossy(text));
                let problem = format!("found {found}, expected user::film::rating::time with a rating from 1 to 5");
                return Err(DataError::line(path, rows, problem).into());
            };
            films.add(film, stars, self.is_own(user));
            if rows % ROWS == 0 {
                go_on(settings, done)?;
            }
        }
        done(rows % ROWS);
        Ok(films)
    }
}

fn go_on(settings: &Settings, done: &dyn Fn(u64)) -> Result<(), StudyError> {
    done(ROWS);
    settings.stopped().map_or(Ok(()), |stopped| Err(StudyError::Ended(stopped)))
}

/// A whole number.
fn whole(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 18 {
        return None;
    }
    field.iter().try_fold(0, |number, &byte| byte.is_ascii_digit().then(|| 10 * number + u64::from(byte - b'0')))
}

/// A rating in half stars, from 1 to 10.
fn half_stars(field: &[u8]) -> Option<u64> {
    let stars = match *field {
        [whole @ b'0'..=b'5'] | [whole @ b'0'..=b'5', b'.', b'0'] => 2 * u64::from(whole - b'0'),
        [whole @ b'0'..=b'4', b'.', b'5'] => 2 * u64::from(whole - b'0') + 1,
        _ => return None,
    };
    (stars >= 1).then_some(stars)
}

/// The text about a film that a model reads.
fn described(title: &str, genres: &str) -> String {
    let genres: Vec<&str> = genres.split('|').map(str::trim).filter(|genre| !genre.is_empty()).collect();
    // If a film has no genres, files say so in brackets.
    if genres.is_empty() || genres[0].starts_with('(') {
        return title.into();
    }
    format!("{title}. Genres: {}", genres.join(", "))
}

/// Films with the texts that a model reads.
fn movies(path: &Path) -> Result<Vec<(u64, String)>, DataError> {
    let mut films = vec![];
    DataLines::with_header(path, &["movieId", "title", "genres"])?.each(|line| {
        let film = whole(line.field(0).as_bytes()).ok_or_else(|| line.refuse(0, WHOLE))?;
        films.push((film, described(line.text(1)?, line.field(2))));
        Ok(())
    })?;
    Ok(films)
}

fn old_movies(path: &Path) -> Result<Vec<(u64, String)>, DataError> {
    let text = text(path)?;
    let film = |(place, line): (usize, &str)| {
        let fields = line.split_once("::").and_then(|(film, rest)| Some((film, rest.rsplit_once("::")?)));
        let film = fields.and_then(|(film, (title, genres))| {
            let title = title.trim();
            Some((whole(film.as_bytes())?, described(title, genres.trim()))).filter(|_| !title.is_empty())
        });
        film.ok_or_else(|| {
            let problem = format!("found {}, expected film::title::genres", shown(line));
            DataError::line(path, place as u64 + 1, problem)
        })
    };
    text.lines().enumerate().map(film).collect()
}
