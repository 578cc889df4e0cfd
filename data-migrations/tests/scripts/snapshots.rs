//! Rewritten scripts, to be read.

use data_migrations::runtime_api::Rewriter;

use crate::all_cases;

#[test]
fn scripts_read_as_if_somebody_had_written_them() {
    let mut rewriter = Rewriter::new().unwrap();
    for case in all_cases() {
        let rewritten = rewriter.rewrite(case.language, &case.source);
        let mut shown = rewritten.text.replace('\r', "␍");
        if rewritten.text == case.source {
            shown = "(as it was)\n".to_owned();
        }
        for remark in &rewritten.remarks {
            shown += &format!("\n--- {remark}");
        }
        insta::assert_snapshot!(format!("{:?}-{}", case.language, case.name).to_lowercase(), shown);
    }
}
