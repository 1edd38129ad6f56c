//! The clouds: where each signs in, and where its resources and its directory are asked.

use azure_core::cloud::CloudConfiguration;
use azure_core::http::Url;

use crate::Api;

/// An Azure cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The worldwide one.
    #[default]
    Public,
    /// The one that 21Vianet runs.
    China,
    /// The one for the government of the United States.
    UsGov,
}

impl Cloud {
    /// `public`, `china`, `usgov`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::China => "china",
            Self::UsGov => "usgov",
        }
    }

    /// The cloud of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Public, Self::China, Self::UsGov].into_iter().find(|c| c.name() == name)
    }

    /// As the credentials take it: it chooses the authority.
    #[must_use]
    pub const fn configuration(self) -> CloudConfiguration {
        match self {
            Self::Public => CloudConfiguration::AzurePublic,
            Self::China => CloudConfiguration::AzureChina,
            Self::UsGov => CloudConfiguration::AzureGovernment,
        }
    }

    /// The host that answers an API. <https://learn.microsoft.com/graph/deployments>,
    /// <https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure>,
    /// <https://learn.microsoft.com/azure/china/resources-developer-guide>.
    #[must_use]
    pub const fn host(self, api: Api) -> &'static str {
        match (self, api) {
            (Self::Public, Api::Arm | Api::ResourceGraph) => "management.azure.com",
            (Self::Public, Api::Graph) => "graph.microsoft.com",
            (Self::China, Api::Arm | Api::ResourceGraph) => "management.chinacloudapi.cn",
            (Self::China, Api::Graph) => "microsoftgraph.chinacloudapi.cn",
            (Self::UsGov, Api::Arm | Api::ResourceGraph) => "management.usgovcloudapi.net",
            (Self::UsGov, Api::Graph) => "graph.microsoft.us",
        }
    }

    /// The host that signs people and programs in.
    #[must_use]
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::China => "login.chinacloudapi.cn",
            Self::UsGov => "login.microsoftonline.us",
        }
    }

    /// What a token for an API is asked for.
    #[must_use]
    pub fn scope(self, api: Api) -> String {
        format!("https://{}/.default", self.host(api))
    }

    /// The address that paths of an API are added to.
    pub(crate) fn base(self, api: Api) -> Option<Url> {
        Url::parse(&format!("https://{}/", self.host(api))).ok()
    }
}
