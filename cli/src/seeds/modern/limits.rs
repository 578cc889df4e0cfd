//! People, and what each of them has and may.

use chrono::TimeDelta;
use entity::prelude::*;
use sea_orm::{ActiveEnum as _, ActiveValue::Set};
use seawright::seed::SeedError;

use super::{Filling, START, number};

/// People of a unit.
pub(super) const PEOPLE: usize = 4;

/// Who works with the demo: first name, last name.
const TEAM: [(&str, &str); PEOPLE] = [
    ("Ada", "Keller"),
    ("Grace", "Novák"),
    ("Linus", "Böhm"),
    ("Radia", "Johnson"),
];

const SETTINGS: [(&str, &str); 4] = [
    ("allowRegistration", "false"),
    ("defaultUserRole", "USER"),
    ("logRetentionDays", "30"),
    ("smtpEnabled", "true"),
];

impl Filling<'_> {
    pub(super) async fn people(&mut self) -> Result<Vec<users::Model>, SeedError> {
        let has_names = self.has_names;
        let roles = [("Administrator", false), ("Member", true)];
        let roles = self.make.many::<roles::Entity>(2).with(|at, role| {
            role.name = Set(roles[at].0.to_owned());
            role.is_default = Set(roles[at].1);
        });
        let roles = roles.insert(self.tx).await?;
        let people = self.make.many::<users::Entity>(self.units * PEOPLE).with(|at, user| {
            let is_admin = at % PEOPLE == 0;
            user.role = Set(if is_admin { UserRole::Admin } else { UserRole::User }.into());
            user.role_id = Set(Some(roles[usize::from(!is_admin)].id));
            user.last_login = Set(Some(START + TimeDelta::minutes(i64::from(number(at)))));
            if has_names {
                let (first, last) = TEAM[at % PEOPLE];
                let name = first.to_lowercase();
                user.first_name = Set(Some(first.to_owned()));
                user.last_name = Set(Some(last.to_owned()));
                user.email = Set(Some(format!("{name}@example.com")));
                user.username = Set(Some(name));
            }
        });
        people.insert(self.tx).await
    }

    pub(super) async fn limits(&mut self, people: &[users::Model]) -> Result<(), SeedError> {
        let (tx, make, all) = (self.tx, &mut self.make, people.len());
        let owner = |at: usize| Set(people[at % all].id.clone());
        make.many::<user_settings::Entity>(all)
            .with(|at, row| row.user_id = owner(at))
            .fill(tx)
            .await?;
        let variables = make.many::<user_variables::Entity>(all).with(|at, row| {
            row.user_id = owner(at);
            row.key = Set("last_release".to_owned());
            row.value = Set(format!("1.{}.0", at + 1));
        });
        variables.fill(tx).await?;
        let tokens = make.many::<api_tokens::Entity>(all).with(|at, row| {
            row.user_id = owner(at);
            row.name = Set("CI".to_owned());
        });
        tokens.fill(tx).await?;
        let resets = make.many::<password_reset_tokens::Entity>(all).with(|at, row| {
            row.user_id = owner(at);
            row.used = Set(true);
        });
        resets.fill(tx).await?;
        make.many::<user_quotas::Entity>(all)
            .with(|at, row| row.user_id = owner(at))
            .fill(tx)
            .await?;
        // The row of all tools, and one of Slack; never two of the same kind.
        let quotas = make.many::<user_tool_quotas::Entity>(2 * all).with(|at, row| {
            row.user_id = owner(at);
            row.tool_type = Set((at >= all).then(|| ToolType::Slack.to_value()));
            row.tier = Set(QuotaTier::Pro.into());
        });
        quotas.fill(tx).await?;
        let usage = make.many::<quota_usage::Entity>(3 * all).with(|at, row| {
            row.user_id = owner(at);
            row.resource = Set(QuotaResource::EventExecutionsPerMonth);
        });
        usage.fill(tx).await?;
        let metrics = make.many::<tool_usage_metrics::Entity>(2 * all).with(|at, row| {
            row.user_id = owner(at);
            row.tool_id = Set("slack".to_owned());
        });
        metrics.fill(tx).await?;
        let limits = make.many::<tool_rate_limits::Entity>(all).with(|at, row| {
            row.user_id = owner(at);
            row.tool_type = Set(ToolType::Slack.to_value());
            row.request_count = Set(3);
        });
        limits.fill(tx).await?;
        let buckets = make.many::<rate_limit_buckets::Entity>(all).with(|at, row| {
            let id = &people[at % all].id;
            row.key = Set(format!("user:{id}"));
            row.r#type = Set(RateLimitKeyType::User);
            row.identifier = Set(id.clone());
        });
        buckets.fill(tx).await?;
        let settings = make.many::<system_settings::Entity>(SETTINGS.len()).with(|at, row| {
            row.key = Set(SETTINGS[at].0.to_owned());
            row.value = Set(SETTINGS[at].1.to_owned());
        });
        settings.fill(tx).await?;
        Ok(())
    }
}
