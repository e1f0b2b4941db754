using System.Text;
using System.Text.Json.Nodes;
using Mover.Server.Arm;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>
/// <c>GET /metadata/endpoints</c>: what a client that knows only the address of Resource Manager discovers before it signs in. Anonymous,
/// as on Azure. Three shapes by api-version: one flat object (2015-01-01), a list of clouds (2018-05-01 to 2021-12-31), one cloud
/// (2022-09-01 and later).
/// </summary>
internal sealed class CloudMetadataRoutes(Administrator administrator)
{
    private const string Oldest = "2015-01-01";
    private const string FirstList = "2018-05-01";
    private const string FirstCloud = "2022-01-01";
    private const string CloudName = "Mover";

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metadata/endpoints", AnswerAsync).AllowAnonymous().TakesNoApiVersion();

    private Task AnswerAsync(HttpContext http)
    {
        var version = http.Request.Query["api-version"].ToString();
        if (version.Length == 0)
        {
            version = Oldest;
        }

        // Dates of this form sort as text; Azure's oldest clients ask for "1.0".
        var server = $"https://{http.Request.Host}";
        JsonNode body = string.CompareOrdinal(version, FirstList) < 0 ? Flat(server)
            : string.CompareOrdinal(version, FirstCloud) < 0 ? new JsonArray(Cloud(server))
            : Cloud(server);
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()), http.RequestAborted).AsTask();
    }

    private static JsonObject Flat(string server) => new()
    {
        ["galleryEndpoint"] = server,
        ["graphEndpoint"] = server,
        ["microsoftGraphResourceId"] = server,
        ["portalEndpoint"] = server,
        ["authentication"] = new JsonObject { ["loginEndpoint"] = $"{server}/adfs", ["audiences"] = AudiencesAt(server) },
    };

    private JsonObject Cloud(string server) => new()
    {
        ["name"] = CloudName,
        ["portal"] = server,
        ["authentication"] = new JsonObject
        {
            ["loginEndpoint"] = $"{server}/adfs",
            ["audiences"] = AudiencesAt(server),
            ["tenant"] = administrator.TenantId,
            ["identityProvider"] = "ADFS",
        },
        ["resourceManager"] = server,
        ["graph"] = server,
        ["graphAudience"] = server,
        ["microsoftGraphResourceId"] = server,
        ["gallery"] = server,
        ["media"] = Audiences.Management,
        ["batch"] = Audiences.Management,
        ["sqlManagement"] = Audiences.Management,
        ["vmImageAliasDoc"] = server,
        ["activeDirectoryDataLake"] = Audiences.Management,
        ["suffixes"] = new JsonObject
        {
            ["storage"] = "core.windows.net",
            ["keyVaultDns"] = "vault.azure.net",
            ["sqlServerHostname"] = "database.windows.net",
            ["azureDataLakeStoreFileSystem"] = "azuredatalakestore.net",
            ["azureDataLakeAnalyticsCatalogAndJob"] = "azuredatalakeanalytics.net",
            ["acrLoginServer"] = "azurecr.io",
        },
    };

    // The first is what clients ask a token for.
    private static JsonArray AudiencesAt(string server) => new(server, Audiences.Management, "https://management.core.windows.net/");
}
