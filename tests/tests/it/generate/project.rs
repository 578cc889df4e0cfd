//! A project in a folder of its own, where its entities can be edited and its program built and run.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// A copy of a project: a workspace of its own that depends on the toolkit as another project would.
pub(super) struct Project {
    folder: TempDir,
    package: &'static str,
    /// Where its entities are.
    entities: &'static str,
}

/// What a program said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Project {
    /// `examples/shop`.
    pub(super) fn shop() -> Self {
        Self::copy("examples/shop", "shop", &["migration"], "src/entity")
    }

    /// `tests/projects/post`, which has data migrations.
    pub(super) fn post() -> Self {
        let members = ["data-migrations", "entity", "migration"];
        Self::copy("tests/projects/post", "post", &members, "entity/src")
    }

    fn copy(from: &str, package: &'static str, members: &[&str], entities: &'static str) -> Self {
        let project = Self {
            folder: TempDir::with_prefix(format!("seawright_{package}_")).unwrap(),
            package,
            entities,
        };
        let repository = repository();
        copy(&repository.join(from), &project.dir());
        for file in ["Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"] {
            fs::copy(repository.join(file), project.root().join(file)).unwrap();
        }
        let members: Vec<String> = [package.to_owned()]
            .into_iter()
            .chain(members.iter().map(|member| format!("{package}/{member}")))
            .collect();
        let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
        let manifest = standalone(&manifest, &repository, &members);
        fs::write(project.root().join("Cargo.toml"), manifest).unwrap();
        project
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The project's own folder.
    pub(super) fn dir(&self) -> PathBuf {
        self.root().join(self.package)
    }

    /// The source file of an entity.
    pub(super) fn entity(&self, name: &str) -> PathBuf {
        self.dir().join(format!("{}/{name}.rs", self.entities))
    }

    /// Replaces a text that stands in the entity's source just once.
    pub(super) fn edit(&self, entity: &str, from: &str, to: &str) {
        let path = self.entity(entity);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {entity}:\n{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Builds the program.
    pub(super) fn build(&self) {
        build(self.root(), self.package, &[], &self.program());
    }

    /// Builds the program without its history: for `generate`, when the data migrations no longer compile.
    pub(super) fn build_entities(&self) {
        build(self.root(), self.package, &["--no-default-features"], &self.program());
    }

    /// Checks that all of it is laid out as rustfmt does.
    pub(super) fn check_format(&self) {
        let output = cargo()
            .args(["fmt", "--all", "--check"])
            .current_dir(self.root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// Where the program is.
    pub(super) fn program(&self) -> PathBuf {
        self.root().join(format!("{}.program", self.package))
    }

    /// Runs the program in the project's folder.
    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        run(&self.program(), &self.dir(), arguments, &[])
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

/// Runs a program of a project in that folder, with variables of the environment.
pub(super) fn run(program: &Path, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_SCHEMA")
        .env_remove("MIGRATION_DIR")
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Said::from(output)
}

/// Builds a package of the workspace in that folder. What the registry gives is shared with this workspace: the same
/// folder, profile and features.
pub(super) fn build(workspace: &Path, package: &str, options: &[&str], program: &Path) {
    let target = target();
    let output = cargo()
        .args(["build", "--offline", "--quiet", "--package", package])
        .args(options)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "the project does not compile: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    // Another copy's program is built to the same place.
    let built = if package == "cli" { "seawright" } else { package };
    fs::copy(target.join("debug").join(built), program).unwrap();
}

/// What cargo tells this test of its own package would tell ring's build script to build everything anew.
fn cargo() -> Command {
    let of_this_test = [
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if of_this_test
            .iter()
            .any(|prefix| name.to_string_lossy().starts_with(prefix))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

pub(super) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder that cargo builds this test into: `<target>/debug/deps/it-…` is the test.
pub(super) fn target() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// The workspace's manifest with the project's packages for members and the toolkit from where it is.
pub(super) fn standalone(manifest: &str, repository: &Path, members: &[String]) -> String {
    let mut text = String::new();
    for line in manifest.lines() {
        if line.starts_with("default-members") {
            continue;
        }
        if line.starts_with("members =") {
            text += &format!("members = {members:?}\n");
        } else if line.starts_with("seawright =") {
            text += &format!("seawright = {{ path = '{}' }}\n", repository.join("toolkit").display());
        } else if let Some((name, path)) = line.split_once(" = { path = \"") {
            let folder = path.split('"').next().unwrap();
            let member = members.iter().find(|member| member.ends_with(&format!("/{folder}")));
            text.extend(member.map(|member| format!("{name} = {{ path = \"{member}\" }}\n")));
        } else {
            text += &format!("{line}\n");
        }
    }
    text
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
