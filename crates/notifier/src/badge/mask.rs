/// A rectangle; `right` and `bottom` are outside of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Area {
    pub(super) fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub(super) fn grown(self, by: f32) -> Self {
        Self::new(
            self.left - by,
            self.top - by,
            self.right + by,
            self.bottom + by,
        )
    }

    /// How much of the pixel at `x`, `y` it covers.
    fn covers(self, x: f32, y: f32) -> f32 {
        let across = (self.right.min(x + 1.0) - self.left.max(x)).clamp(0.0, 1.0);
        let down = (self.bottom.min(y + 1.0) - self.top.max(y)).clamp(0.0, 1.0);
        across * down
    }

    /// Distance of a point from the edge of this rectangle with rounded corners, negative inside.
    fn distance(self, x: f32, y: f32, radius: f32) -> f32 {
        let (wide, high) = (
            (self.right - self.left) / 2.0,
            (self.bottom - self.top) / 2.0,
        );
        let radius = radius.min(wide).min(high).max(0.0);
        let across = (x - self.left - wide).abs() - wide + radius;
        let down = (y - self.top - high).abs() - high + radius;
        let outside = (across.max(0.0).powi(2) + down.max(0.0).powi(2)).sqrt();
        outside + across.max(down).min(0.0) - radius
    }
}

/// How much of each pixel of a square is covered, 0 to 1; shapes drawn into it unite.
#[derive(Debug)]
pub(super) struct Mask {
    size: u32,
    coverage: Vec<f32>,
}

impl Mask {
    pub(super) fn new(size: u32) -> Self {
        Self {
            size,
            coverage: vec![0.0; (size * size) as usize],
        }
    }

    pub(super) fn coverage(&self) -> &[f32] {
        &self.coverage
    }

    pub(super) fn bar(&mut self, area: Area) {
        self.unite(|x, y| area.covers(x, y));
    }

    pub(super) fn rounded(&mut self, area: Area, radius: f32) {
        self.unite(|x, y| inside(area.distance(x + 0.5, y + 0.5, radius)));
    }

    /// A rounded rectangle's border that goes inwards from its edge, as far as it lies within `window`.
    pub(super) fn ring(&mut self, area: Area, radius: f32, stroke: f32, window: Area) {
        let hole = area.grown(-stroke);
        let inner = radius - stroke;
        self.unite(|x, y| {
            let (at_x, at_y) = (x + 0.5, y + 0.5);
            let cover = inside(area.distance(at_x, at_y, radius))
                - inside(hole.distance(at_x, at_y, inner));
            cover.max(0.0) * window.covers(x, y)
        });
    }

    /// A stroke along the straight line from one point to another and beyond, as far as it lies within `window`.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), stroke: f32, window: Area) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = (across * across + down * down).sqrt().max(f32::EPSILON);
        self.unite(|x, y| {
            let (at_x, at_y) = (x + 0.5 - from.0, y + 0.5 - from.1);
            let away = (at_x * down - at_y * across).abs() / length;
            inside(away - stroke / 2.0) * window.covers(x, y)
        });
    }

    /// The same without what lies in `area`.
    pub(super) fn without(mut self, area: Area) -> Self {
        let size = self.size as usize;
        for (index, cover) in self.coverage.iter_mut().enumerate() {
            *cover *= 1.0 - area.covers((index % size) as f32, (index / size) as f32);
        }
        self
    }

    fn unite(&mut self, cover: impl Fn(f32, f32) -> f32) {
        let size = self.size as usize;
        for (index, old) in self.coverage.iter_mut().enumerate() {
            *old = old.max(cover((index % size) as f32, (index / size) as f32));
        }
    }
}

/// Coverage of a pixel whose centre is `distance` outside of an edge.
fn inside(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}
