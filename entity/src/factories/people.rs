//! Accounts and what belongs to them.

use sea_orm::ActiveValue::Set;
use seawright::seed::Factory;

use super::words::{FIRST_NAMES, LAST_NAMES};
use crate::prelude::*;

pub(super) fn define(factory: Factory) -> Factory {
    factory
        .define::<users::Entity>(|draw, user| {
            let (first, last) = (draw.random.pick(&FIRST_NAMES), draw.random.pick(&LAST_NAMES));
            let name = draw.unique(&first.to_lowercase().replace('é', "e"));
            user.id = Set(draw.random.uuid());
            user.email = Set(Some(format!("{name}@example.com")));
            user.username = Set(Some(name));
            user.first_name = Set(Some(first.to_owned()));
            user.last_name = Set(Some(last.to_owned()));
        })
        .define::<roles::Entity>(|draw, role| {
            role.name = Set(draw.unique("role"));
            role.permissions = Set(Permissions::default().into());
        })
        .define::<password_reset_tokens::Entity>(|draw, token| {
            token.token = Set(draw.random.hex(64));
            token.expires_at = Set(draw.at + chrono::TimeDelta::hours(1));
        })
        .define::<user_settings::Entity>(|_, settings| {
            settings.editor_settings = Set(Some(r#"{"fontSize":14,"theme":"vs-dark","wordWrap":true}"#.to_owned()));
        })
        .define::<user_tool_quotas::Entity>(|draw, quota| {
            use sea_orm::{ActiveEnum as _, Iterable as _};
            let tools: Vec<ToolType> = ToolType::iter().collect();
            quota.tool_type = Set(Some(draw.random.pick(&tools).to_value()));
            quota.daily_limit = Set(Some(1_000));
        })
        .define::<rate_limit_buckets::Entity>(|draw, bucket| {
            bucket.key = Set(draw.unique("bucket"));
            bucket.identifier = Set(draw.random.uuid());
            (bucket.limit, bucket.window_ms) = (Set(100), Set(60_000));
            bucket.reset_at = Set(draw.at + chrono::TimeDelta::minutes(1));
        })
        .define::<user_quotas::Entity>(|_, quota| quota.quota_config = Set(QuotaConfig::default().into()))
        .define::<tool_usage_metrics::Entity>(|_, metric| metric.success = Set(true))
        .define::<system_settings::Entity>(|draw, setting| setting.key = Set(draw.unique("setting")))
}
