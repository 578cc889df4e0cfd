//! Steps that stand for several older ones.

use std::collections::BTreeSet;

use sea_orm::{DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};

use super::{
    Result, Runner, ledger,
    problems::{Problem, Remark},
    runner::Known,
    tracking::{self, Record},
};

/// A squashed step that a database has, under the names of those that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    step: String,
    replaces: Vec<String>,
    /// When the last of them was applied.
    applied_at: i64,
}

impl Standing {
    /// As what is applied.
    pub(super) fn record(&self) -> Record {
        Record {
            name: self.step.clone(),
            applied_at: self.applied_at,
        }
    }

    /// As what there is to know.
    pub(super) fn remark(&self) -> Remark {
        Remark::Squashed {
            step: self.step.clone(),
            replaces: self.replaces.clone(),
        }
    }
}

/// The squashed steps that a database has without having their names.
pub(super) fn standing(steps: &[Known], applied: &[Record]) -> Vec<Standing> {
    let record = |name: &str| applied.iter().find(|record| record.name == name);
    let pending = steps.iter().filter(|step| record(step.name()).is_none());
    pending
        .filter_map(|step| {
            let replaces = whole(&step.replaces, |name| record(name).is_some())?;
            let times = replaces
                .iter()
                .filter_map(|name| record(name))
                .map(|record| record.applied_at);
            Some(Standing {
                step: step.name().to_owned(),
                replaces: replaces.to_vec(),
                applied_at: times.max().unwrap_or_default(),
            })
        })
        .collect()
}

/// The list of which everything is there.
fn whole(lists: &[Vec<String>], is_there: impl Fn(&str) -> bool) -> Option<&[String]> {
    lists
        .iter()
        .find(|list| !list.is_empty() && list.iter().all(|name| is_there(name)))
        .map(Vec::as_slice)
}

/// The names that are no step's any more, because a squashed one stands for them.
pub(super) fn replaced(steps: &[Known]) -> BTreeSet<&str> {
    steps
        .iter()
        .flat_map(|step| &step.replaces)
        .flatten()
        .map(String::as_str)
        .collect()
}

/// What keeps a squashed step from counting as applied: the database has some of those that it stands for and not all.
pub(super) fn halfway(step: &Known, is_applied: impl Fn(&str) -> bool) -> Option<Problem> {
    halfway_of(step.name(), &step.replaces, is_applied)
}

fn halfway_of(step: &str, lists: &[Vec<String>], is_applied: impl Fn(&str) -> bool) -> Option<Problem> {
    let has = |list: &&Vec<String>| list.iter().filter(|name| is_applied(name)).count();
    let nearest = lists.iter().max_by_key(has).filter(|list| has(list) > 0)?;
    let (applied, missing) = nearest.iter().cloned().partition(|name| is_applied(name));
    Some(Problem::Halfway {
        step: step.to_owned(),
        applied,
        missing,
    })
}

impl Runner<'_> {
    /// Has the database know squashed steps by their own names, in the place of those that they stand for.
    pub(super) async fn settle(&self) -> Result<()> {
        let db = self.db();
        let standing = standing(self.known(), &tracking::applied(db, self.table()).await?);
        if standing.is_empty() {
            return Ok(());
        }
        ledger::install(db).await?;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate)
                .filter(|_| db.get_database_backend() == DbBackend::Sqlite),
            ..TransactionOptions::default()
        };
        let transaction = db.begin_with_options(options).await?;
        for of in &standing {
            for name in &of.replaces {
                tracking::delete(&transaction, self.table(), name).await?;
                ledger::delete(&transaction, name).await?;
            }
            tracking::insert_at(&transaction, self.table(), &of.step, of.applied_at).await?;
            if let Some(step) = self.known().iter().find(|step| step.name() == of.step) {
                ledger::record(&transaction, &of.step, &step.digests).await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn one_list_must_be_there_as_a_whole() {
        let lists = [list("a b c d"), list("ab c d")];
        let has = |names: &str| {
            let names = list(names);
            whole(&lists, |name| names.iter().any(|other| other == name)).map(<[String]>::to_vec)
        };
        assert_eq!(has("a b c d"), Some(list("a b c d")));
        assert_eq!(has("ab c d e"), Some(list("ab c d")));
        assert_eq!(has("a b"), None);
        assert_eq!(has("ab c"), None);
        assert_eq!(whole(&[Vec::new()], |_| true), None);
    }

    #[test]
    fn the_nearest_list_is_told() {
        let lists = [list("a b c d"), list("ab c d")];
        let told = |names: &str| {
            let names = list(names);
            halfway_of("abcd", &lists, |name| names.iter().any(|other| other == name))
        };
        let halfway = |applied: &str, missing: &str| {
            Some(Problem::Halfway {
                step: "abcd".to_owned(),
                applied: list(applied),
                missing: list(missing),
            })
        };
        assert_eq!(told("a b"), halfway("a b", "c d"));
        assert_eq!(told("ab"), halfway("ab", "c d"));
        assert_eq!(told("e"), None);
    }
}
