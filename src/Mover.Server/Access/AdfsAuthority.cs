using System.Text.Json.Nodes;

namespace Mover.Server.Access;

/// <summary>
/// The issuer under the name of an ADFS, at <c>/adfs</c>: clients that would ask Microsoft which authorities exist trust one that calls
/// itself so without asking. The tokens are the same. Source: AD FS 2019, OpenID Connect discovery.
/// </summary>
internal static class AdfsAuthority
{
    private const string Name = "adfs";

    /// <summary>True when a path's tenant is the ADFS.</summary>
    public static bool Is(string? tenant) => string.Equals(tenant, Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where it is reached.</summary>
    public static JsonObject Configuration(string authority, string tenantId) => new()
    {
        ["issuer"] = $"{authority}/{Name}",
        ["authorization_endpoint"] = $"{authority}/{Name}/oauth2/authorize",
        ["token_endpoint"] = $"{authority}/{Name}/oauth2/token",
        ["jwks_uri"] = $"{authority}/{tenantId}/discovery/keys",
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "client_secret_basic", "private_key_jwt"),
        ["response_types_supported"] = new JsonArray("token"),
        ["response_modes_supported"] = new JsonArray("form_post"),
        ["grant_types_supported"] = new JsonArray("client_credentials"),
        ["subject_types_supported"] = new JsonArray("pairwise"),
        ["scopes_supported"] = new JsonArray($"{authority}/.default"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["access_token_issuer"] = TokenIssuer.IssuerAt(authority, tenantId),
    };
}
