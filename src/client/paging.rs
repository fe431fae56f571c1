//! Reading whole lists page by page.

use std::future::Future;

use super::CallError;

/// Follows the page tokens of a list to its end and hands each page to `take`.
///
/// # Errors
/// The first page that cannot be read.
pub async fn following_pages<T, F, Fut>(mut fetch: F, mut take: impl FnMut(Vec<T>)) -> Result<(), CallError>
where
    F: FnMut(String) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, String), CallError>>,
{
    let mut token = String::new();
    loop {
        let (items, next) = fetch(token).await?;
        take(items);
        if next.is_empty() {
            return Ok(());
        }
        token = next;
    }
}

/// All items of a list.
///
/// # Errors
/// The first page that cannot be read.
pub async fn every_page<T, F, Fut>(fetch: F) -> Result<Vec<T>, CallError>
where
    F: FnMut(String) -> Fut,
    Fut: Future<Output = Result<(Vec<T>, String), CallError>>,
{
    let mut all = Vec::new();
    following_pages(fetch, |items| all.extend(items)).await?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[tokio::test]
    async fn pages_follow_each_other_to_the_empty_token() {
        let pages = async |token: String| match token.as_str() {
            "" => Ok((vec![1, 2], "a".to_owned())),
            "a" => Ok((Vec::new(), "b".to_owned())),
            _ => Ok((vec![3], String::new())),
        };
        assert_eq!(every_page(pages).await, Ok(vec![1, 2, 3]));
    }

    #[tokio::test]
    async fn a_page_that_fails_ends_the_list() {
        let broken = async |_: String| Err::<(Vec<u8>, String), _>(CallError::local(Code::DataLoss, "gone"));
        assert_eq!(every_page(broken).await.map_err(|error| error.code), Err(Code::DataLoss));
    }
}
