-- The hall's database. Primary: entries, bodies, items' texts, rules, directory, heads. The rest are projections.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE entries(
  seq INTEGER PRIMARY KEY,
  nonce TEXT NOT NULL UNIQUE,
  actor TEXT NOT NULL,
  item TEXT,
  kind TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX entries_by_item ON entries(item) WHERE item IS NOT NULL;
CREATE INDEX entries_of_releases ON entries(seq) WHERE kind = 'release.cut';
CREATE TRIGGER entries_are_kept BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are kept'); END;
CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are not changed'); END;

CREATE TABLE bodies(seq INTEGER NOT NULL, part TEXT NOT NULL, salt BLOB NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY(seq, part)) STRICT, WITHOUT ROWID;
CREATE TABLE heads(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE rules(digest TEXT PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE directory(kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;

CREATE TABLE nodes(level INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY(level, place)) STRICT, WITHOUT ROWID;
CREATE TABLE authors(actor TEXT PRIMARY KEY, mine INTEGER NOT NULL, prev TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE facts(kind TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE batches(n INTEGER PRIMARY KEY, guild TEXT NOT NULL, root TEXT) STRICT;
CREATE TABLE items(
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  guild TEXT NOT NULL,
  batch INTEGER NOT NULL REFERENCES batches(n),
  state TEXT NOT NULL DEFAULT 'open',
  shape TEXT NOT NULL,
  content TEXT NOT NULL,
  record TEXT,
  touched INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX items_by_state ON items(guild, state, n);
CREATE INDEX items_by_touch ON items(guild, state, touched) WHERE touched > 0;
CREATE INDEX items_by_batch ON items(batch, n);
CREATE TABLE counts(guild TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(guild, state)) STRICT, WITHOUT ROWID;

-- Words of prompts and outputs, filled in after imports in slices; `meta.searched` is the last position that is in it.
CREATE VIRTUAL TABLE search USING fts5(words, content = '', tokenize = 'unicode61 remove_diacritics 2');
