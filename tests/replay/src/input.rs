//! What a reader's hands do with a page: keys, mouse, files.

use std::fs;

use anyhow::{Context, Result, bail};
use headless_chrome::browser::tab::{ModifierKey, point::Point};
use headless_chrome::protocol::cdp::Input;

use crate::Page;

impl Page {
    pub fn press(&self, key: &str) -> Result<()> {
        self.tab.press_key(key)?;
        Ok(())
    }

    pub fn press_with_shift(&self, key: &str) -> Result<()> {
        self.tab
            .press_key_with_modifiers(key, Some(&[ModifierKey::Shift]))?;
        Ok(())
    }

    pub fn type_text(&self, text: &str) -> Result<()> {
        self.tab.type_str(text)?;
        Ok(())
    }

    /// Gives a field for files one with this text.
    pub fn choose_file(&self, selector: &str, name: &str, text: &str) -> Result<()> {
        let file = self.folder.path().join(name);
        fs::write(&file, text)?;
        let file = file.to_str().context("the folder's name is no text")?;
        self.tab.find_element(selector)?.set_input_files(&[file])?;
        Ok(())
    }

    /// Holds an arrow key down until it has been typed that many times.
    ///
    /// Of the driver's calls each takes a tenth of a second, and a press is two.
    ///
    /// # Errors
    ///
    /// If the browser is gone, or the key is none of the two.
    pub fn hold(&self, key: &str, times: usize) -> Result<()> {
        let code = match key {
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => bail!("{key} is not known here"),
        };
        let event = |kind, again| Input::DispatchKeyEvent {
            Type: kind,
            modifiers: None,
            timestamp: None,
            text: None,
            unmodified_text: None,
            key_identifier: None,
            code: Some(key.to_owned()),
            key: Some(key.to_owned()),
            windows_virtual_key_code: Some(code),
            native_virtual_key_code: Some(code),
            auto_repeat: Some(again),
            is_keypad: None,
            is_system_key: None,
            location: None,
            commands: None,
        };
        for time in 0..times {
            let kind = Input::DispatchKeyEventTypeOption::RawKeyDown;
            self.tab.call_method(event(kind, time > 0))?;
        }
        let kind = Input::DispatchKeyEventTypeOption::KeyUp;
        self.tab.call_method(event(kind, false))?;
        Ok(())
    }

    /// Presses a key, and waits until that step is shown.
    pub fn press_to(&self, key: &str, step: usize) -> Result<()> {
        self.press(key)?;
        self.until(&format!("document.body.dataset.step === '{step}'"))
    }

    /// Clicks an element with the mouse, that far across it.
    pub fn click(&self, selector: &str, across: f64) -> Result<()> {
        self.tab.click_point(self.point(selector, across)?)?;
        Ok(())
    }

    /// Presses the mouse that far across an element, and moves it on before it is let go.
    pub fn drag(&self, selector: &str, across: &[f64]) -> Result<()> {
        let points = across.iter().map(|across| self.point(selector, *across));
        let points = points.collect::<Result<Vec<_>>>()?;
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            bail!("it is to be moved from somewhere to somewhere");
        };
        let pressed = Input::DispatchMouseEventTypeOption::MousePressed;
        let released = Input::DispatchMouseEventTypeOption::MouseReleased;
        self.mouse(pressed, *first)?;
        for point in &points {
            self.mouse(Input::DispatchMouseEventTypeOption::MouseMoved, *point)?;
        }
        self.mouse(released, *last)
    }

    fn mouse(&self, kind: Input::DispatchMouseEventTypeOption, point: Point) -> Result<()> {
        self.tab.call_method(Input::DispatchMouseEvent {
            Type: kind,
            x: point.x,
            y: point.y,
            modifiers: None,
            timestamp: None,
            button: Some(Input::MouseButton::Left),
            buttons: Some(1),
            click_count: Some(1),
            force: None,
            tangential_pressure: None,
            tilt_x: None,
            tilt_y: None,
            twist: None,
            delta_x: None,
            delta_y: None,
            pointer_Type: None,
        })?;
        Ok(())
    }

    fn point(&self, selector: &str, across: f64) -> Result<Point> {
        let [x, y]: [f64; 2] = self.ask(&format!(
            "(({{left, top, width, height}}) => [left + width * {across}, top + height / 2])\
             (document.querySelector('{selector}').getBoundingClientRect())"
        ))?;
        Ok(Point { x, y })
    }
}
