//! The literate cases: a heading is a test, its fenced blocks are what goes in and what comes out.

use std::{fmt::Write as _, fs, path::PathBuf};

use seawright::{
    diff::{Decisions, InStepsError, Plan, Undecided, diff, in_steps},
    schema::Schema,
};

use super::listing;

/// One heading of a file in `tests/cases`.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) title: String,
    /// The lines of the section that stand in no block, with a block's place marked by its number.
    text: String,
    blocks: Vec<(String, String)>,
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("cases")
        .join(file)
        .with_extension("md")
}

/// The cases of a file, after the lines before the first heading.
pub(crate) fn read(file: &str) -> (String, Vec<Case>) {
    let text = fs::read_to_string(path(file)).unwrap();
    let mut sections = text.split("\n## ");
    let head = sections.next().unwrap().to_owned();
    (head, sections.map(Case::parse).collect())
}

/// Writes a file's cases back.
pub(crate) fn write(file: &str, head: &str, cases: &[Case]) {
    let mut text = format!("{}\n", head.trim_end());
    for case in cases {
        let _ = write!(text, "\n{}", case.markdown());
    }
    fs::write(path(file), text).unwrap();
}

/// Whether the expected blocks are to be written anew.
pub(crate) fn updates() -> bool {
    std::env::var("UPDATE_CASES").is_ok_and(|value| value == "1")
}

impl Case {
    fn parse(section: &str) -> Self {
        let (title, rest) = section.split_once('\n').unwrap_or((section, ""));
        let (mut text, mut blocks) = (String::new(), Vec::new());
        let mut lines = rest.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("```") {
                let content: String = lines
                    .by_ref()
                    .take_while(|line| *line != "```")
                    .map(|line| format!("{line}\n"))
                    .collect();
                let _ = writeln!(text, "\u{0}{}", blocks.len());
                blocks.push((name.to_owned(), content));
            } else {
                let _ = writeln!(text, "{line}");
            }
        }
        Self {
            title: title.to_owned(),
            text,
            blocks,
        }
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n", self.title);
        let mut written = 0;
        for line in self.text.trim_end().lines() {
            if line.starts_with('\u{0}') {
                text += &self.fence(written);
                written += 1;
            } else {
                let _ = writeln!(text, "{line}");
            }
        }
        for at in written..self.blocks.len() {
            let _ = write!(text, "\n{}", self.fence(at));
        }
        text
    }

    fn fence(&self, at: usize) -> String {
        let (name, content) = &self.blocks[at];
        format!("```{name}\n{content}```\n")
    }

    /// A block's lines; none where it is not there.
    pub(crate) fn block(&self, name: &str) -> &str {
        self.blocks
            .iter()
            .find(|(other, _)| other == name)
            .map_or("", |(_, content)| content)
    }

    /// Puts what came out in the place of what was expected.
    pub(crate) fn set(&mut self, name: &str, content: String) {
        match self.blocks.iter_mut().find(|(other, _)| other == name) {
            Some(block) => block.1 = content,
            None if content.is_empty() => {}
            None => self.blocks.push((name.to_owned(), content)),
        }
    }

    pub(crate) fn before(&self) -> Schema {
        listing::schema(self.block("before"))
    }

    pub(crate) fn after(&self) -> Schema {
        listing::schema(self.block("after"))
    }

    /// Whether it is only about one database: `only` names it.
    pub(crate) fn concerns(&self, database: &str) -> bool {
        ["", database].contains(&self.block("only").trim())
    }

    /// The heading as a file's name.
    pub(crate) fn slug(&self) -> String {
        let words: Vec<String> = self
            .title
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        words.join("_")
    }

    fn decisions(&self) -> Decisions {
        let mut decisions = Decisions::default();
        for line in self.block("decide").lines() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("--in-use", "") => {}
                ("--rename", value) => decisions.add_rename(value).unwrap(),
                ("--backfill", value) => decisions.add_fill(value).unwrap(),
                ("--on-loss", value) => decisions.add_loss(value).unwrap(),
                ("--zone", value) => decisions.add_zone(value).unwrap(),
                ("--no-renames", "") => decisions.no_renames = true,
                ("--create", value) => decisions.created.push(value.to_owned()),
                (flag, _) => panic!("{}: no flag {flag}", self.title),
            }
        }
        decisions
    }

    pub(crate) fn plan(&self) -> Result<Plan, Undecided> {
        let (before, after) = (self.before(), self.after());
        let mut decisions = self.decisions();
        decisions.check(&before, &after).unwrap();
        if self.block("decide").lines().any(|line| line == "--in-use") {
            return in_steps(&before, &after, &decisions).map_err(|error| match error {
                InStepsError::Undecided(undecided) => undecided,
                other => panic!("{}: {other}", self.title),
            });
        }
        diff(&before, &after, &mut decisions)
    }
}
