using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>Where the issuer is and which keys it signs with. Source: OpenID Connect Discovery 1.0, RFC 7517.</summary>
internal sealed class DiscoveryRoutes(Administrator administrator, DeploymentIdentity identity, TimeProvider clock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/{tenant:tenant}/v2.0/.well-known/openid-configuration", ConfigurationAsync).AllowAnonymous().TakesNoApiVersion();
        routes.MapGet("/{tenant:tenant}/.well-known/openid-configuration", ConfigurationAsync).AllowAnonymous().TakesNoApiVersion();

        // The Azure CLI looks a tenant's name up below the authority before it signs in; the ADFS has one tenant under any name.
        routes.MapGet("/adfs/{name}/.well-known/openid-configuration", AdfsAsync).AllowAnonymous().TakesNoApiVersion();
        routes.MapGet("/{tenant:tenant}/discovery/v2.0/keys", KeysAsync).AllowAnonymous().TakesNoApiVersion();
        routes.MapGet("/{tenant:tenant}/discovery/keys", KeysAsync).AllowAnonymous().TakesNoApiVersion();
    }

    private async Task ConfigurationAsync(HttpContext http)
    {
        var authority = $"https://{http.Request.Host}";
        if (AdfsAuthority.Is(http.Request.RouteValues["tenant"] as string))
        {
            await AdfsAsync(http);
            return;
        }

        if (!IsOurTenant(http))
        {
            await OAuthError.UnknownTenant().WriteAsync(http, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
            return;
        }

        var tenant = $"{authority}/{administrator.TenantId}";
        await AnswerAsync(http, new()
        {
            ["issuer"] = TokenIssuer.IssuerAt(authority, administrator.TenantId),
            ["token_endpoint"] = $"{tenant}/oauth2/v2.0/token",
            ["authorization_endpoint"] = $"{tenant}/oauth2/v2.0/authorize",
            ["jwks_uri"] = $"{tenant}/discovery/v2.0/keys",
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post", "client_secret_basic", "private_key_jwt"),
            ["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES256"),
            ["grant_types_supported"] = new JsonArray("client_credentials"),
            ["response_types_supported"] = new JsonArray("token"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["scopes_supported"] = new JsonArray($"{authority}/.default"),
        });
    }

    private Task AdfsAsync(HttpContext http) =>
        AnswerAsync(http, AdfsAuthority.Configuration($"https://{http.Request.Host}", administrator.TenantId));

    private async Task KeysAsync(HttpContext http)
    {
        if (!IsOurTenant(http))
        {
            await OAuthError.UnknownTenant().WriteAsync(http, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
            return;
        }

        var now = clock.GetUtcNow();
        var accepted = identity.Current.SigningKeys.Where(key => key.Part.IsAccepted(now)).Reverse();
        await AnswerAsync(http, new() { ["keys"] = new JsonArray([.. accepted.Select(Describe)]) });
    }

    private static JsonNode Describe(SigningKey key)
    {
        var numbers = key.Key.Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = key.Key.KeyId,
            ["n"] = Base64UrlEncoder.Encode(numbers.Modulus),
            ["e"] = Base64UrlEncoder.Encode(numbers.Exponent),
        };
    }

    private bool IsOurTenant(HttpContext http) =>
        string.Equals(http.Request.RouteValues["tenant"] as string, administrator.TenantId, StringComparison.OrdinalIgnoreCase);

    private static Task AnswerAsync(HttpContext http, JsonObject body)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()), http.RequestAborted).AsTask();
    }
}
