using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Server.Identity;
using Mover.Server.Tests.Authorization;

namespace Mover.Server.Tests.Access;

/// <summary>The part of Microsoft Graph that tells who principals are.</summary>
public sealed class DirectoryTests(DirectoryTests.Scene scene) : IClassFixture<DirectoryTests.Scene>, IDisposable
{
    private const string List = "/v1.0/servicePrincipals";
    private readonly TestServer _server = scene.Server;
    private readonly Administrator _administrator = scene.Administrator;
    private readonly JsonObject _build = scene.Build;

    public void Dispose() => _server.Contract.AssertKept();

    [Fact]
    public async Task Service_principals_are_found_by_application_id_and_name()
    {
        var appId = (string)_build["appId"]!;

        Assert.Equal(["Ann's build"], await NamesAsync($"servicePrincipalNames/any(c:c eq '{appId}')"));
        Assert.Equal(["Ann's build"], await NamesAsync($"appId eq '{appId.ToUpperInvariant()}'"));
        Assert.Equal(["Ann's build"], await NamesAsync("displayName eq 'Ann''s build'"));
        Assert.Equal(["Ann's build", "administrator", "agent1"], await NamesAsync("startswith(displayName,'a')"));
        Assert.Empty(new[] { "Ann's build", "administrator", "agent1", "backup" }.Except(await NamesAsync(string.Empty), StringComparer.Ordinal));
        Assert.Equal(["administrator"], await NamesAsync($"appId eq '{_administrator.ClientId}'"));
        Assert.Equal(["agent1"], await NamesAsync($"appId eq '{scene.MachinePrincipal}'"));
        Assert.Empty(await NamesAsync($"appId eq '{Guid.NewGuid()}'"));
        Assert.Empty(await NamesAsync("servicePrincipalNames/any(c:c eq 'https://none')"));
    }

    [Fact]
    public async Task A_service_principal_is_shown_as_graph_shows_it()
    {
        var shown = await (await _server.SendAsync(HttpMethod.Get, $"{List}/{(string?)_build["id"]}")).JsonAsync();
        var machine = await (await _server.SendAsync(HttpMethod.Get, $"{List}/{scene.MachinePrincipal}")).JsonAsync();
        var none = await _server.SendAsync(HttpMethod.Get, $"{List}/{Guid.NewGuid()}");

        Assert.Equal(((string?)_build["id"], (string?)_build["appId"]), ((string?)shown["id"], (string?)shown["appId"]));
        Assert.Equal((string?)_build["appId"], (string?)shown["servicePrincipalNames"]!.AsArray().Single());
        Assert.Equal("Application", (string?)shown["servicePrincipalType"]);
        Assert.Equal($"{_server.Url}/v1.0/$metadata#servicePrincipals/$entity", (string?)shown["@odata.context"]);
        Assert.Equal("ManagedIdentity", (string?)machine["servicePrincipalType"]);
        Assert.Equal(scene.MachineId, (string?)machine["alternativeNames"]![1]);
        Assert.Equal((HttpStatusCode.NotFound, "Request_ResourceNotFound"), (none.StatusCode, await none.ErrorCodeAsync()));
    }

    [Fact]
    public async Task Object_ids_are_told_apart_by_type_and_unknown_ones_are_left_out()
    {
        string[] ids =
            [_administrator.ObjectId, (string)_build["id"]!, scene.MachinePrincipal, Guid.NewGuid().ToString(), "no id", scene.MachinePrincipal];

        var all = await ByIdsAsync(ids);
        var people = await ByIdsAsync(ids, "user", "group");

        Assert.Equal(
            [
                ("#microsoft.graph.user", "administrator"), ("#microsoft.graph.servicePrincipal", "Ann's build"),
                ("#microsoft.graph.servicePrincipal", "agent1"),
            ],
            all);
        Assert.Equal([("#microsoft.graph.user", "administrator")], people);
    }

    [Fact]
    public async Task A_deleted_machine_is_not_in_the_directory()
    {
        var (id, principal) = await Scene.CreateMachineAsync(_server, "gone");
        Assert.Equal(["gone"], await NamesAsync("displayName eq 'gone'"));

        await _server.SendAsync(HttpMethod.Delete, TestServer.Versioned(id, "2024-07-10"));

        Assert.Empty(await NamesAsync("displayName eq 'gone'"));
        Assert.Empty(await ByIdsAsync([principal]));
    }

    [Theory]
    [InlineData("displayName ne 'x'")]
    [InlineData("servicePrincipalNames/any(c:d eq 'x')")]
    [InlineData("displayName eq 'x' or displayName eq 'y'")]
    public async Task A_filter_that_is_not_understood_is_refused(string filter)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, $"{List}?$filter={Uri.EscapeDataString(filter)}");

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidFilter"), (answer.StatusCode, await answer.ErrorCodeAsync()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"ids":[]}""")]
    [InlineData("""{"ids":[7]}""")]
    [InlineData("""{"ids":"a"}""")]
    [InlineData("""{"ids":["a"],"types":{}}""")]
    public async Task A_wrong_list_of_object_ids_is_refused(string body)
    {
        var answer = await _server.SendAsync(HttpMethod.Post, "/v1.0/directoryObjects/getByIds", body);

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequestPropertyValue"), (answer.StatusCode, await answer.ErrorCodeAsync()));
    }

    [Fact]
    public async Task Only_who_may_read_service_principals_reads_the_directory()
    {
        var caller = await _server.NewCallerAsync();
        await _server.GiveAsync(BuiltInRoles.Owner, caller.ObjectId, $"/subscriptions/{_server.Subscription}");
        using var anonymous = new HttpRequestMessage(HttpMethod.Get, List);
        anonymous.Headers.TryAddWithoutValidation("Authorization", string.Empty);

        var listed = await caller.SendAsync(HttpMethod.Get, List);
        var shown = await caller.SendAsync(HttpMethod.Get, $"{List}/{caller.ObjectId}");
        var found = await caller.SendAsync(HttpMethod.Post, "/v1.0/directoryObjects/getByIds", $$"""{"ids":["{{caller.ObjectId}}"]}""");
        using var unknown = await _server.Http.SendAsync(anonymous);

        Assert.All([listed, shown, found], answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.Contains("'Microsoft.Authorization/servicePrincipals/read'", await listed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }

    private async Task<string[]> NamesAsync(string filter)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, filter.Length == 0 ? List : $"{List}?$filter={Uri.EscapeDataString(filter)}");
        var found = (await answer.JsonAsync())["value"]!.AsArray();
        return [.. found.Select(one => (string)one!["displayName"]!).Order(StringComparer.Ordinal)];
    }

    private async Task<(string? Type, string? Name)[]> ByIdsAsync(string[] ids, params string[] types)
    {
        var body = new JsonObject { ["ids"] = new JsonArray([.. ids]), ["types"] = new JsonArray([.. types]) };
        var answer = await _server.SendAsync(HttpMethod.Post, "/v1.0/directoryObjects/getByIds", body.ToJsonString());
        var found = (await answer.JsonAsync())["value"]!.AsArray();
        return [.. found.Select(one => ((string?)one!["@odata.type"], (string?)one["displayName"]))];
    }

    public sealed class Scene : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public JsonObject Build { get; private set; } = [];

        public string MachineId { get; private set; } = string.Empty;

        public string MachinePrincipal { get; private set; } = string.Empty;

        internal Administrator Administrator => new IdentityFiles(Server.Folder).ReadAdministrator()!;

        public async Task InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            Build = await (await Server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"Ann's build"}""")).JsonAsync();
            await Server.SendAsync(HttpMethod.Post, "/servicePrincipals", """{"displayName":"backup"}""");
            await Server.CreateGroupAsync("g1");
            (MachineId, MachinePrincipal) = await CreateMachineAsync(Server, "agent1");
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();

        public static async Task<(string Id, string Principal)> CreateMachineAsync(TestServer server, string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var spki = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
            var id = $"/subscriptions/{server.Subscription}/resourceGroups/g1/providers/Microsoft.HybridCompute/machines/{name}";
            var made = await server.SendAsync(
                HttpMethod.Put, TestServer.Versioned(id, "2024-07-10"),
                $$$"""{"location":"eastus","identity":{"type":"SystemAssigned"},"properties":{"clientPublicKey":"{{{spki}}}"}}""");
            return (id, (string)(await made.JsonAsync())["identity"]!["principalId"]!);
        }
    }
}
