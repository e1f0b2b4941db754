using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Server.Access;
using Mover.Server.Identity;

namespace Mover.Server.Tests.Authorization;

/// <summary>Callers with roles of their own.</summary>
internal static class Callers
{
    /// <summary>A program of this name, without any role.</summary>
    public static async Task<Caller> NewCallerAsync(this TestServer server, string name = "caller")
    {
        var made = await (await server.SendAsync(HttpMethod.Post, "/servicePrincipals", $$"""{"displayName":"{{name}}"}""")).JsonAsync();
        var (objectId, applicationId) = (made["id"]!.GetValue<string>(), made["appId"]!.GetValue<string>());
        var secret = new Secret(made["password"]!.GetValue<string>());
        var files = new IdentityFiles(server.Folder);
        var issuer = new TokenIssuer(files.ReadAdministrator()!.TenantId, () => files.ReadSigningKey()!, TimeProvider.System);
        var principal = new Principal(objectId, applicationId, applicationId, PrincipalKind.Application)
        {
            Proof = SecretHash.Of(secret).Fingerprint,
        };
        return new(server, objectId, issuer.Issue(principal, Audiences.Management, server.Url).Token.Reveal(), applicationId);
    }

    public static string Assignment(string scope, string? name = null) =>
        $"{scope.TrimEnd('/')}/providers/Microsoft.Authorization/roleAssignments/{name ?? Guid.NewGuid().ToString()}";

    public static string AssignmentBody(string role, string principalId, string type = "ServicePrincipal") =>
        new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] = $"/providers/Microsoft.Authorization/roleDefinitions/{role}",
                ["principalId"] = principalId,
                ["principalType"] = type.Length == 0 ? null : type,
            },
        }.ToJsonString();

    /// <summary>Gives a role; answers the assignment's id.</summary>
    public static async Task<string> GiveAsync(this TestServer server, RoleDefinition role, string principalId, string scope)
    {
        var answer = await server.SendAsync(
            HttpMethod.Put, Versioned(Assignment(scope)), AssignmentBody(role.Name, principalId));
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.JsonAsync())["id"]!.GetValue<string>();
    }

    public static string Versioned(string path) => TestServer.Versioned(path, "2022-04-01");
}

/// <summary>Somebody who calls with a token of their own.</summary>
internal sealed record Caller(TestServer Server, string ObjectId, string Token, string ApplicationId)
{
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await Server.Http.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, TestServer.Versioned(path));

    public Task<HttpResponseMessage> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, TestServer.Versioned(path), json);

    public async Task<string[]> NamesAsync(string list, string version = TestServer.ApiVersion)
    {
        var page = await (await SendAsync(HttpMethod.Get, TestServer.Versioned(list, version))).JsonAsync();
        return [.. page["value"]!.AsArray().Select(item => item!["name"]!.GetValue<string>())];
    }
}
