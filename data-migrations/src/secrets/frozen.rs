//! Written by Seawright: what these steps use
//!
//! - `m20261124_130500_credentials`
//! - `m20261124_130510_oauth_tokens`
//! - `m20261124_130520_oauth_states`
//! - `m20261124_130530_webhook_secrets`
//!
//! of the entities,
//! as it was before `m20261124_221612_flows`. Enumerations and value types are today's.
//! History; what becomes of the entities later does not reach it.

#![expect(unreachable_pub, reason = "SeaORM makes all of an entity `pub`")]

/// `oauth_states`: 3 of 9 columns.
pub mod oauth_states {
    use entity::values::Sealed;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "oauth_states")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub user_id: String,
        #[sea_orm(column_type = "Text")]
        pub code_verifier: Option<Sealed>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `oauth_tokens`: 4 of 11 columns.
pub mod oauth_tokens {
    use entity::values::Sealed;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "oauth_tokens")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub user_id: String,
        #[sea_orm(column_type = "Text")]
        pub access_token: Sealed,
        #[sea_orm(column_type = "Text")]
        pub refresh_token: Option<Sealed>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `tool_credentials`: 5 of 10 columns.
pub mod tool_credentials {
    use entity::{
        tools::EncryptionMetadata,
        values::{Document, Sealed},
    };
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tool_credentials")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub user_id: String,
        #[sea_orm(column_type = "Text")]
        pub credentials: Sealed,
        pub encrypted: bool,
        pub encryption_metadata: Option<Document<EncryptionMetadata>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `webhooks`: 3 of 16 columns.
pub mod webhooks {
    use entity::values::Sealed;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(255))")]
        pub user_id: String,
        #[sea_orm(column_type = "Text")]
        pub secret: Sealed,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
