//! The derivative traits, for a type with a field `engine`.

macro_rules! derivatives_from_engine {
    ([$($generics:tt)*] $objective:ty) => {
        impl<$($generics)*> Objective for $objective {
            type Point = Vec<f64>;

            fn dimension(&self) -> usize {
                self.engine.dimension()
            }

            fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
                self.engine.value(x)
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
}
