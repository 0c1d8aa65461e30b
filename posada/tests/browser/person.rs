//! A person with a browser: Chromium without a window, driven as `WebDriver` has it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;
use tokio::time::sleep;

use crate::support::Server;

/// A browser under load takes its time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Notes what goes wrong in a page from its first moment on.
const NOTING: &str = "window.complaints = [];
    addEventListener('error', (it) => complaints.push(String(it.message)), true);
    addEventListener('unhandledrejection', (it) => complaints.push(String(it.reason)));
    addEventListener('securitypolicyviolation', (it) => complaints.push(it.violatedDirective));";

/// Somebody who looks at the page.
pub(crate) struct Person {
    browser: WebDriver,
    page: String,
    _driver: Driver,
}

/// The program that drives the browser; it and what it started end with it.
struct Driver {
    child: Child,
    port: u16,
    _home: TempDir,
}

impl Driver {
    /// Starts one, and returns where it can be reached.
    fn start() -> (Self, String) {
        let home = tempfile::tempdir().expect("a directory for the browser");
        let log = home.path().join("log");
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .arg(format!("--log-path={}", log.display()))
            .env("TMPDIR", home.path())
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|why| {
                panic!("chromedriver does not start ({why}): install chromium and chromium-driver")
            });
        let stdout = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(stdout).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.rsplit_once("successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver says where it is: it did not start");
        // Nobody reads on, and nothing more is said that would fill the pipe.
        std::thread::spawn(move || for _ in lines {});
        (Self { child, port, _home: home }, format!("http://127.0.0.1:{port}"))
    }
}

impl Drop for Driver {
    /// Has it close what it opened: killed alone, it would leave the browser behind.
    fn drop(&mut self) {
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut driver| {
            driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n")
        });
        let deadline = Instant::now() + PATIENCE;
        while asked.is_ok()
            && Instant::now() < deadline
            && self.child.try_wait().is_ok_and(|status| status.is_none())
        {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Person {
    /// Opens the page in English.
    pub(crate) async fn opens(server: &Server) -> Self {
        Self::opens_in(server, "en").await
    }

    /// Opens the page with a browser that prefers this language.
    pub(crate) async fn opens_in(server: &Server, language: &str) -> Self {
        let (driver, address) = Driver::start();
        let mut wishes = DesiredCapabilities::chrome();
        let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].map(PathBuf::from);
        let chromium = chromium.iter().find(|path| path.exists());
        let chromium = chromium.expect("chromium is not here: install chromium, chromium-driver");
        wishes.set_binary(&chromium.to_string_lossy()).expect("a path");
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--window-size=1280,900",
            &format!("--accept-lang={language}"),
        ] {
            wishes.add_arg(flag).expect("a flag");
        }
        let browser = WebDriver::new(&address, wishes).await;
        let browser = browser.unwrap_or_else(|why| panic!("chromium does not start: {why}"));
        let page = format!("http://{}/", server.door("http"));
        let tools = ChromeDevTools::new(browser.handle.clone());
        let noting = json!({ "source": NOTING });
        let noting = tools.execute_cdp_with_params("Page.addScriptToEvaluateOnNewDocument", noting);
        noting.await.expect("chromium can do that");
        browser.goto(&page).await.expect("the page is there");
        let person = Self { browser, page, _driver: driver };
        person.sees("#state", if language == "en" { "connected" } else { "" }).await;
        person
    }

    /// Waits until the page says that something is so.
    #[track_caller]
    fn waits<'a>(&'a self, what: String, script: &'a str, args: Vec<Value>) -> impl Future + 'a {
        let place = std::panic::Location::caller();
        async move {
            let deadline = Instant::now() + PATIENCE;
            loop {
                let found = self.browser.execute(script, args.clone()).await;
                if found.is_ok_and(|found| *found.json() == Value::Bool(true)) {
                    return;
                }
                if Instant::now() > deadline {
                    let seen = self.asks_the_page("return document.body.innerText").await;
                    panic!("{place}: never {what}; the page says:\n{seen}");
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Something on the page says this.
    #[track_caller]
    pub(crate) fn sees<'a>(&'a self, place: &str, text: &str) -> impl Future + 'a {
        let script = "const at = document.querySelector(arguments[0]);
            return !!at && at.checkVisibility() && at.innerText.includes(arguments[1])";
        self.waits(format!("{text:?} in {place}"), script, vec![json!(place), json!(text)])
    }

    /// A resource has this button, which can be pressed or cannot.
    #[track_caller]
    pub(crate) fn sees_button<'a>(
        &'a self,
        resource: &str,
        label: &str,
        can: bool,
    ) -> impl Future + 'a {
        let script = "return [...document.querySelectorAll('#list button')].some((it) =>
            it.ariaLabel === arguments[0] && it.disabled !== arguments[1] && !it.ariaBusy)";
        let label = format!("{label}: {resource}");
        self.waits(format!("the button {label:?}"), script, vec![json!(label), json!(can)])
    }

    /// The log shows that somebody said this, with its place.
    #[track_caller]
    pub(crate) fn reads<'a>(&'a self, who: &str, text: &str) -> impl Future + 'a {
        let script = "return [...document.querySelectorAll('#log .message:not(.pending)')]
            .some((it) => it.querySelector('b').textContent === arguments[0]
                && it.querySelector('.text').textContent === arguments[1])";
        self.waits(format!("{who}: {text}"), script, vec![json!(who), json!(text)])
    }

    /// Everything that the log shows: its place, who, what.
    pub(crate) async fn log(&self) -> Vec<(u64, String, String)> {
        let script = "return [...document.querySelectorAll('#log .message')].map((it) =>
            [Number(it.querySelector('.seq').textContent), it.querySelector('b').textContent,
             it.querySelector('.text').textContent])";
        serde_json::from_value(self.asks_the_page(script).await).expect("three things each")
    }

    /// What a script that is run in the page returns.
    pub(crate) async fn asks_the_page(&self, script: &str) -> Value {
        let answer = self.browser.execute(script, vec![]).await;
        answer.unwrap_or_else(|why| panic!("{script}: {why}")).json().clone()
    }

    /// What went wrong in the page, or was forbidden to it.
    pub(crate) async fn complaints(&self) -> Value {
        self.asks_the_page("return window.complaints").await
    }

    /// Types a name and sends it.
    pub(crate) async fn tries_the_name(&self, name: &str) {
        let field = self.browser.find(By::Id("name")).await.expect("a field for the name");
        field.clear().await.expect("it can be emptied");
        field.send_keys(format!("{name}\n")).await.expect("it can be typed into");
    }

    /// Takes a name, and is in.
    pub(crate) async fn comes_in_as(&self, name: &str) {
        self.tries_the_name(name).await;
        self.sees("#who", name).await;
        self.sees("#say", "").await;
    }

    /// Says something.
    pub(crate) async fn says(&self, text: &str) {
        let field = self.browser.find(By::Id("text")).await.expect("a field for the text");
        field.send_keys(format!("{text}\n")).await.expect("it can be typed into");
    }

    /// Types where the cursor is.
    pub(crate) async fn types(&self, keys: &str) {
        let chain = self.browser.action_chain().send_keys(keys);
        chain.perform().await.expect("the browser has a keyboard");
    }

    /// Clicks on something.
    pub(crate) async fn clicks(&self, place: &str) {
        self.sees(place, "").await;
        let target = self.browser.find(By::Css(place)).await.expect("it was just seen");
        target.click().await.expect("nothing is in front of it");
    }

    /// Clicks on the button of a resource.
    pub(crate) async fn presses(&self, resource: &str, label: &str) {
        self.sees_button(resource, label, true).await;
        self.clicks(&format!("#list button[aria-label=\"{label}: {resource}\"]")).await;
    }

    /// Goes elsewhere with the same tab.
    pub(crate) async fn leaves_the_page(&self) {
        self.browser.goto("about:blank").await.expect("a blank page");
    }

    /// Opens the page again in the same tab.
    pub(crate) async fn comes_back_to_the_page(&self) {
        self.browser.goto(&self.page).await.expect("the page is there");
    }

    /// The window that is looked at.
    pub(crate) async fn window(&self) -> WindowHandle {
        self.browser.window().await.expect("there is one")
    }

    /// Opens the page in another window, and looks there.
    pub(crate) async fn opens_a_second_window(&self) {
        let second = self.browser.new_tab().await.expect("a tab");
        self.turns_to(second).await;
        self.comes_back_to_the_page().await;
    }

    /// Looks at another window.
    pub(crate) async fn turns_to(&self, window: WindowHandle) {
        self.browser.switch_to_window(window).await.expect("it is still open");
    }

    /// Gives the page this width.
    pub(crate) async fn is_as_wide_as(&self, width: u32) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        let tools = ChromeDevTools::new(self.browser.handle.clone());
        let set = tools.execute_cdp_with_params("Emulation.setDeviceMetricsOverride", size);
        set.await.expect("chromium can do that");
    }

    /// Closes the browser.
    pub(crate) async fn goes(self) {
        self.browser.quit().await.expect("the browser closes");
    }
}
