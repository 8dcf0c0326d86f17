//! A backend that is drawn on in points and has more or fewer pixels than those.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::VPos;
use plotters::style::{FontDesc, TextStyle};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};

/// Lengths, lines and text are `scale` times as large on `inner`.
pub(super) struct Scaled<B> {
    inner: B,
    /// Pixels per point.
    scale: f64,
    /// How far text has to sink until it stands where it is meant to, in its own size.
    sink: f64,
}

/// A style with a line of another width \[pixels\].
struct Line {
    color: BackendColor,
    width: u32,
}

impl BackendStyle for Line {
    fn color(&self) -> BackendColor {
        self.color
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

impl<B> Scaled<B> {
    pub(super) fn new(inner: B, scale: f64, sink: f64) -> Scaled<B> {
        Scaled { inner, scale, sink }
    }

    fn length(&self, points: u32) -> u32 {
        (f64::from(points) * self.scale).ceil() as u32
    }

    fn place(&self, (x, y): BackendCoord) -> BackendCoord {
        let pixels = |points: i32| (f64::from(points) * self.scale).round() as i32;
        (pixels(x), pixels(y))
    }

    fn line(&self, style: &impl BackendStyle) -> Line {
        Line {
            color: style.color(),
            width: self.length(style.stroke_width()),
        }
    }
}

impl<B: DrawingBackend> DrawingBackend for Scaled<B> {
    type ErrorType = B::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.inner.get_size();
        let points = |pixels: u32| (f64::from(pixels) / self.scale).ceil() as u32;
        (points(width), points(height))
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.inner.draw_pixel(self.place(point), color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let (from, to) = (self.place(upper_left), self.place(bottom_right));
        self.inner.draw_rect(from, to, &self.line(style), fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let path: Vec<_> = path.into_iter().map(|place| self.place(place)).collect();
        self.inner.draw_path(path, &self.line(style))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let (center, radius) = (self.place(center), self.length(radius));
        self.inner
            .draw_circle(center, radius, &self.line(style), fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let vert: Vec<_> = vert.into_iter().map(|place| self.place(place)).collect();
        self.inner.fill_polygon(vert, &self.line(style))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let font = FontDesc::new(style.family(), style.size() * self.scale, style.style());
        let scaled = TextStyle {
            font: font.transform(style.transform()),
            color: style.color(),
            pos: style.anchor(),
        };
        let (x, y) = self.place(pos);
        let sink = match style.anchor().v_pos {
            VPos::Center => (self.sink * scaled.font.get_size()).round() as i32,
            VPos::Top | VPos::Bottom => 0,
        };
        self.inner.draw_text(text, &scaled, (x, y + sink))
    }
}
