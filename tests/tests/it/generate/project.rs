//! The example project in a folder of its own, where its entities can be edited and its program built and run.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// A copy of `examples/shop`: a workspace of its own that depends on the toolkit as another project would.
pub(super) struct Shop {
    folder: TempDir,
}

/// What a program said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Shop {
    pub(super) fn copy() -> Self {
        let shop = Self {
            folder: TempDir::with_prefix("seawright_shop_").unwrap(),
        };
        let repository = repository();
        copy(&repository.join("examples/shop"), &shop.root().join("shop"));
        for file in ["Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"] {
            fs::copy(repository.join(file), shop.root().join(file)).unwrap();
        }
        let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
        fs::write(shop.root().join("Cargo.toml"), standalone(&manifest, &repository)).unwrap();
        shop
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The project's own folder.
    pub(super) fn dir(&self) -> PathBuf {
        self.root().join("shop")
    }

    /// The source file of an entity.
    pub(super) fn entity(&self, name: &str) -> PathBuf {
        self.dir().join(format!("src/entity/{name}.rs"))
    }

    /// Replaces a text that stands in the entity's source just once.
    pub(super) fn edit(&self, entity: &str, from: &str, to: &str) {
        let path = self.entity(entity);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {entity}:\n{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Builds the program. What the registry gives is shared with the workspace: the same folder, profile and features.
    pub(super) fn build(&self) {
        let target = target();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--offline", "--quiet", "--package", "shop"])
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", &target);
        // What cargo tells this test of its own package would tell ring's build script to build everything anew.
        let of_this_test = [
            "CARGO_MANIFEST_",
            "CARGO_PKG_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
            "CARGO_PRIMARY_",
        ];
        for (name, _) in env::vars_os() {
            if of_this_test
                .iter()
                .any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                cargo.env_remove(name);
            }
        }
        let output = cargo.output().unwrap();
        assert!(
            output.status.success(),
            "the project does not compile: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        // The workspace's own `shop` is built to the same place.
        fs::copy(target.join("debug/shop"), self.program()).unwrap();
    }

    fn program(&self) -> PathBuf {
        self.root().join("shop.program")
    }

    /// Runs the program in the project's folder.
    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(self.program())
            .args(arguments)
            .current_dir(self.dir())
            .env_remove("DATABASE_URL")
            .env_remove("DATABASE_SCHEMA")
            .env_remove("MIGRATION_DIR")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        Said::from(output)
    }

    /// Runs the program, which is to succeed, and returns what it prints.
    pub(super) fn succeed(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?} {said:#?}");
        said.stdout
    }

    /// Every file of the project with its bytes.
    pub(super) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        read(&self.dir(), &mut files);
        files
    }

    /// The names of the migrations, in order.
    pub(super) fn migrations(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.dir().join("migration/src"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("m2"))
            .map(|name| name.trim_end_matches(".rs").to_owned())
            .collect();
        names.sort();
        names
    }

    /// The source of a migration.
    pub(super) fn migration(&self, name: &str) -> PathBuf {
        self.dir().join(format!("migration/src/{name}.rs"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder that cargo builds this test into: `<target>/debug/deps/it-…` is the test.
fn target() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// The workspace's manifest with the example's packages for members and the toolkit from where it is.
fn standalone(manifest: &str, repository: &Path) -> String {
    let toolkit = repository.join("toolkit");
    manifest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .filter(|line| !line.contains("{ path = \"") || line.starts_with("seawright ="))
        .map(|line| {
            if line.starts_with("members =") {
                "members = [\"shop\", \"shop/migration\"]\n".to_owned()
            } else if line.starts_with("seawright =") {
                format!("seawright = {{ path = '{}' }}\n", toolkit.display())
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn read(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, files);
        } else {
            files.insert(path.clone(), fs::read(path).unwrap());
        }
    }
}
