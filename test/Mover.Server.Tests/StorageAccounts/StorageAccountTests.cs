using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.Server.StorageAccounts;
using Mover.Server.Vault;
using Mover.State.Documents;

namespace Mover.Server.Tests.StorageAccounts;

public sealed class StorageAccountTests : IAsyncLifetime
{
    private const string Key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    private const string Body = """{"location":"East US","sku":{"name":"Standard_GZRS"},"kind":"StorageV2"}""";
    private const string SelfHosted =
        """{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"http://127.0.0.1:10000/devstoreaccount1"}}}""";

    private readonly RecordingLoggers _logs = new();
    private TestServer _server = null!;

    private string Group => $"/subscriptions/{_server.Subscription}/resourceGroups/rg";

    private string Account => $"{Group}/providers/Microsoft.Storage/storageAccounts/acct1";

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with
        {
            Logging = logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs),
        });
        await SendAsync(HttpMethod.Put, Group, """{"location":"eastus"}""", "2021-04-01");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task A_registration_is_answered_whole_with_azures_endpoints()
    {
        var answer = await SendAsync(HttpMethod.Put, Account, Body);

        var account = await answer.JsonAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Account, account["id"]!.GetValue<string>());
        Assert.Equal(("eastus", "Standard_GZRS", "Standard"),
            (account["location"]!.GetValue<string>(), account["sku"]!["name"]!.GetValue<string>(), account["sku"]!["tier"]!.GetValue<string>()));
        Assert.Equal("https://acct1.blob.core.windows.net/", account["properties"]!["primaryEndpoints"]!["blob"]!.GetValue<string>());
        Assert.False(account["properties"]!["keyIsSet"]!.GetValue<bool>());
        Assert.Equal(("administrator", "User"),
            (account["systemData"]!["createdBy"]!.GetValue<string>(), account["systemData"]!["createdByType"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_own_endpoint_survives_a_put_that_does_not_name_it()
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);

        var account = await (await SendAsync(HttpMethod.Put, Account, Body)).JsonAsync();

        Assert.Equal("http://127.0.0.1:10000/devstoreaccount1/", account["properties"]!["primaryEndpoints"]!["blob"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_patch_changes_tags_and_sku()
    {
        await SendAsync(HttpMethod.Put, Account, Body);

        var account = await (await SendAsync(HttpMethod.Patch, Account, """{"tags":{"a":"b"},"sku":{"name":"Standard_ZRS"}}""")).JsonAsync();

        Assert.Equal(("b", "Standard_ZRS"), (account["tags"]!["a"]!.GetValue<string>(), account["sku"]!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_set_key_is_told_and_never_shown()
    {
        await SendAsync(HttpMethod.Put, Account, Body);

        var set = await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");
        var got = await SendAsync(HttpMethod.Get, Account);
        var put = await SendAsync(HttpMethod.Put, Account, Body);
        var listed = await SendAsync(HttpMethod.Get, $"{Group}/providers/Microsoft.Storage/storageAccounts");
        var keys = await SendAsync(HttpMethod.Post, Account + "/listKeys");

        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        Assert.True((await put.JsonAsync())["properties"]!["keyIsSet"]!.GetValue<bool>());
        Assert.Equal("KeysAreNotListed", await keys.ErrorCodeAsync());
        foreach (var answer in new[] { set, got, put, listed, keys })
        {
            Assert.DoesNotContain(Key, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Secrets_are_in_no_log_and_in_no_file_of_the_data_folder()
    {
        var administrator = new IdentityFiles(_server.Folder).ReadAdministrator()!;
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");
        await _server.SendAsync(HttpMethod.Put, "/vaults/vault1/secrets/s", """{"value":"a-value-to-look-for"}""");
        var right = await IssueAsync();
        using var form = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"), new("client_id", administrator.ClientId),
            new("client_secret", administrator.ClientSecret.Reveal()), new("scope", $"{_server.Url}/.default"),
        ]);
        var token = (await (await _server.Http.PostAsync($"/{administrator.TenantId}/oauth2/v2.0/token", form)).JsonAsync())["access_token"]!.GetValue<string>();
        string[] secrets = [Key, Key.TrimEnd('='), "a-value-to-look-for", right.Sas!.Reveal().Split("sig=")[1], token];

        var found = secrets.Append(administrator.ClientSecret.Reveal()).Where(secret => _logs.Lines.Any(line => line.Contains(secret, StringComparison.Ordinal)))
            .Concat(secrets.Where(IsInAFile));

        Assert.Contains(_logs.Lines, line => line.Contains("acct1", StringComparison.Ordinal));
        Assert.Empty(found);
    }

    [Fact]
    public async Task An_account_registered_again_has_no_key()
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");

        var deleted = await SendAsync(HttpMethod.Delete, Account);
        var again = await SendAsync(HttpMethod.Delete, Account);
        await SendAsync(HttpMethod.Put, Account, SelfHosted);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (deleted.StatusCode, again.StatusCode));
        Assert.Null((await IssueAsync()).Sas);
    }

    [Fact]
    public async Task A_right_to_a_container_is_a_signature_only_when_the_key_is_kept()
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        var without = await IssueAsync();
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");

        var with = await IssueAsync();

        Assert.Null(without.Sas);
        Assert.Equal(("http://127.0.0.1:10000/devstoreaccount1/", "devstoreaccount1"), (with.BlobEndpoint, with.AccountName));
        Assert.Contains("sr=c&sp=racwdl&spr=https%2Chttp&sig=", with.Sas!.Reveal(), StringComparison.Ordinal);
        Assert.Equal("***", with.Sas.ToString());
    }

    [Theory]
    [InlineData("https://127.0.0.1:10000/devstoreaccount1")]
    [InlineData("http://127.0.0.1:10001/devstoreaccount1")]
    [InlineData("http://evil.example/devstoreaccount1")]
    [InlineData("http://127.0.0.1:10000/other")]
    public async Task A_key_signs_nothing_for_another_endpoint_until_it_is_set_again(string elsewhere)
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");
        var moved = SelfHosted.Replace("http://127.0.0.1:10000/devstoreaccount1", elsewhere, StringComparison.Ordinal);

        await SendAsync(HttpMethod.Put, Account, moved);
        var refusal = (await TryIssueAsync()).Refusal!;
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        var back = await TryIssueAsync();
        await SendAsync(HttpMethod.Put, Account, moved);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");
        var again = await IssueAsync();

        Assert.Equal("AccountKeyOfAnotherEndpoint", refusal.Code);
        Assert.Contains("was set for http://127.0.0.1:10000/devstoreaccount1/", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"endpoint is now {elsewhere}/. If this endpoint is correct, set the key again: mover storage-account set-key", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, refusal.Message, StringComparison.Ordinal);
        Assert.Null(back.Refusal);
        Assert.Equal(elsewhere + "/", again.BlobEndpoint);
    }

    [Fact]
    public async Task A_key_of_an_older_version_that_names_no_endpoint_has_to_be_set_again()
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");
        Assert.True(ResourceId.TryParse(Account, out var id));
        var account = await _server.Services.GetRequiredService<DocumentStore>().GetAsync(id, MoverJson.Wire.StorageAccount, default);
        await _server.Services.GetRequiredService<DocumentStore>().CommitAsync(
            [
                _server.Services.GetRequiredService<SecretVault>().WriteOf(
                    SecretId.OfAccount(id, account!.Value.Properties!.CreationTime!.Value), new(Key)),
            ],
            new("test", "User", TimeProvider.System.GetUtcNow(), "c"),
            default);

        Assert.Equal("AccountKeyOfAnotherEndpoint", (await TryIssueAsync()).Refusal?.Code);
    }

    [Fact]
    public async Task A_restart_keeps_the_key()
    {
        await SendAsync(HttpMethod.Put, Account, SelfHosted);
        await SendAsync(HttpMethod.Post, Account + "/setKey", $$"""{"key":"{{Key}}"}""");

        await _server.RestartAsync();

        Assert.NotNull((await IssueAsync()).Sas);
    }

    [Theory]
    [InlineData("""{"location":"eastus"}""", "sku.name")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_XRS"}}""", "sku.name")]
    [InlineData("""{"sku":{"name":"Standard_LRS"}}""", "location")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"Other"}""", "kind")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"ftp://x/"}}}""", "properties.primaryEndpoints.blob")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"https://u:p@x/"}}}""", "properties.primaryEndpoints.blob")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"https://x/?sig=1"}}}""", "properties.primaryEndpoints.blob")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"https://x/ \n"}}}""", "properties.primaryEndpoints.blob")]
    [InlineData("""{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":" https://x/"}}}""", "properties.primaryEndpoints.blob")]
    public async Task A_wrong_registration_is_refused_and_the_property_named(string body, string target)
    {
        var answer = await SendAsync(HttpMethod.Put, Account, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(target, (await answer.JsonAsync())["error"]!["target"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"key":1}""")]
    [InlineData("""{"key":"not base64!"}""")]
    [InlineData("""{"key":"YQ=="}""")]
    public async Task A_wrong_key_is_refused_and_not_repeated(string body)
    {
        await SendAsync(HttpMethod.Put, Account, Body);

        var answer = await SendAsync(HttpMethod.Post, Account + "/setKey", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("not base64", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2023-01-01", HttpStatusCode.OK)]
    [InlineData("2030-12-31", HttpStatusCode.OK)]
    [InlineData("2024-01-01-preview", HttpStatusCode.OK)]
    [InlineData("latest", HttpStatusCode.BadRequest)]
    [InlineData("2024-13-01", HttpStatusCode.BadRequest)]
    public async Task Every_version_that_is_a_date_is_answered(string version, HttpStatusCode status) =>
        Assert.Equal(status, (await SendAsync(HttpMethod.Put, Account, Body, version)).StatusCode);

    [Fact]
    public async Task A_wrong_name_is_refused() => Assert.Equal(
        "AccountNameInvalid",
        await (await SendAsync(HttpMethod.Put, $"{Group}/providers/Microsoft.Storage/storageAccounts/Not-A-Name", Body)).ErrorCodeAsync());

    private async Task<ContainerRight> IssueAsync() => (await TryIssueAsync()).Value;

    private async Task<Result<ContainerRight>> TryIssueAsync()
    {
        Assert.True(ResourceId.TryParse(Account, out var account));
        const string Principal = "11111111-0000-4000-8000-000000000001";
        _ = await SendAsync(
            HttpMethod.Put,
            Authorization.Callers.Assignment(Account),
            Authorization.Callers.AssignmentBody(BuiltInRoles.BlobDataContributor.Name, Principal),
            "2022-04-01");
        return await _server.Services.GetRequiredService<ContainerRights>()
            .IssueAsync(Principal, RunSide.Target, account, "container", isLook: false, default);
    }

    // The lock file is empty, and nobody else may open it.
    private bool IsInAFile(string secret) => Directory.GetFiles(_server.Folder, "*", SearchOption.AllDirectories)
        .Any(file => !file.EndsWith(".lock", StringComparison.Ordinal) && Contains(file, secret));

    private static bool Contains(string file, string secret)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0;
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string version = "2023-01-01") =>
        _server.SendAsync(method, TestServer.Versioned(path, version), body);
}
