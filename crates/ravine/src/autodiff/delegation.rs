//! The derivative traits, for a type with the fields `engine` and `bounds`.

macro_rules! derivatives_from_engine {
    (inherent) => {
        /// With bounds on the variables.
        ///
        /// # Errors
        ///
        /// If the number of bounds is not the number of variables.
        ///
        /// ```
        /// use ravine::{Bounds, Objective, objective};
        ///
        /// let f = objective!(1, |x| x[0].exp());
        /// let f = f.with_bounds(Bounds::new(vec![1.0], vec![2.0])?)?;
        /// assert!(f.bounds().is_some());
        /// # Ok::<(), ravine::ArgumentError>(())
        /// ```
        pub fn with_bounds(mut self, bounds: Bounds) -> Result<Self, ArgumentError> {
            let (n, given) = (self.engine.dimension(), bounds.lower().len());
            if n != given {
                let message = format!("there are {given}, but the function has {n} variables");
                return Err(ArgumentError::new("bounds", message));
            }
            self.bounds = Some(bounds);
            Ok(self)
        }
    };

    ([$($generics:tt)*] $objective:ty) => {
        impl<$($generics)*> Objective for $objective {
            type Point = Vec<f64>;

            fn dimension(&self) -> usize {
                self.engine.dimension()
            }

            fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
                self.engine.value(x)
            }

            fn bounds(&self) -> Option<&Bounds> {
                self.bounds.as_ref()
            }
        }

        impl<$($generics)*> Gradient for $objective {
            fn value_and_gradient(
                &self,
                x: &Vec<f64>,
                gradient: &mut Vec<f64>,
            ) -> Evaluation<f64> {
                self.engine.value_and_gradient(x, gradient)
            }
        }

        impl<$($generics)*> HessianProduct for $objective {
            fn hessian_product(
                &self,
                x: &Vec<f64>,
                direction: &Vec<f64>,
                product: &mut Vec<f64>,
            ) -> Evaluation {
                self.engine.hessian_product(x, direction, product)
            }
        }

        impl<$($generics)*> Hessian for $objective {
            fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
                self.engine.hessian(x, hessian)
            }
        }

        impl<$($generics)*> SparseHessian for $objective {
            fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
                self.engine.sparse_hessian_pattern(x)
            }

            fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
                self.engine.sparse_hessian(x, hessian)
            }
        }
    };

    (dynamic) => {
        fn dimension(&self) -> usize {
            self.engine.dimension()
        }

        fn bounds(&self) -> Option<&Bounds> {
            self.bounds.as_ref()
        }

        fn value(&self, x: &[f64]) -> Evaluation<f64> {
            self.engine.value(x)
        }

        fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
            self.engine.value_and_gradient(x, gradient)
        }

        fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
            self.engine.hessian_product(x, d, product)
        }

        fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
            self.engine.hessian(x, hessian)
        }

        fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
            self.engine.sparse_hessian_pattern(x)
        }

        fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
            self.engine.sparse_hessian(x, hessian)
        }
    };
}
