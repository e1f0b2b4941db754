using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.StorageAccounts;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.StorageAccounts;

/// <summary>A key and its account are written together, whoever writes the account meanwhile.</summary>
public sealed class AccountKeyTests : IAsyncLifetime
{
    private const string Key = """{"key":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZWNyZXQ="}""";
    private TestServer _server = null!;
    private InterruptedStore _store = null!;

    private string Account => $"/subscriptions/{_server.Subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct1";

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(InterruptedStore.Under);
        _store = InterruptedStore.Of(_server);
        await _server.SendAsync(
            HttpMethod.Put, TestServer.Versioned($"/subscriptions/{_server.Subscription}/resourceGroups/rg", "2021-04-01"),
            """{"location":"eastus"}""");
        await RegisterAsync("http://127.0.0.1:10000/acct1");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_key_that_is_set_while_its_account_is_deleted_is_not_kept()
    {
        _store.AfterRead(Account.ToLowerInvariant(), () => SendAsync(HttpMethod.Delete, Account));

        var answer = await SendAsync(HttpMethod.Post, Account + "/setKey", Key);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty((await _store.ListAsync("accountkeys/", null, 10, default)).Entries);
    }

    [Fact]
    public async Task A_key_set_during_an_endpoint_change_belongs_to_the_new_endpoint()
    {
        _store.AfterRead(Account.ToLowerInvariant(), () => RegisterAsync("http://127.0.0.1:10001/acct1"));

        await SendAsync(HttpMethod.Post, Account + "/setKey", Key);

        Assert.True(ResourceId.TryParse(Account, out var id));
        var account = await _server.Services.GetRequiredService<DocumentStore>().GetAsync(id, MoverJson.Wire.StorageAccount, default);
        Assert.True((await _server.Services.GetRequiredService<AccountKeys>().RevealAsync(account!, default)).Try(out _, out _));
    }

    [Fact]
    public async Task A_key_is_not_kept_when_the_account_is_not_the_one_that_was_read()
    {
        var read = (await SendAsync(HttpMethod.Get, Account)).Headers.ETag!.Tag;
        await RegisterAsync("https://collector.example.org/acct1");

        var refused = await _server.SendAsync(
            HttpMethod.Post, TestServer.Versioned(Account + "/setKey", "2023-01-01"), Key, ("If-Match", read));

        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.Empty((await _store.ListAsync("accountkeys/", null, 10, default)).Entries);
    }

    [Fact]
    public async Task A_key_is_not_kept_for_another_endpoint_than_it_is_meant_for()
    {
        var meant = Key.Replace("}", ""","blobEndpoint":"http://127.0.0.1:10000/acct1/"}""", StringComparison.Ordinal);
        await RegisterAsync("https://collector.example.org/acct1");

        var refused = await SendAsync(HttpMethod.Post, Account + "/setKey", meant);
        await RegisterAsync("http://127.0.0.1:10000/acct1");
        var kept = await SendAsync(HttpMethod.Post, Account + "/setKey", meant);

        Assert.Equal((HttpStatusCode.Conflict, "AccountKeyOfAnotherEndpoint"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
    }

    [Theory]
    [InlineData("http://127.0.0.1:10000/acct1")]
    [InlineData("https://127.0.0.1:10000/ACCT1/")]
    [InlineData("http://127.0.0.1:10000/acct1/deeper")]
    [InlineData("http://127.1:10000/%61cct1")]
    public async Task A_service_that_another_account_has_is_not_registered_again(string endpoint)
    {
        var other = Account.Replace("acct1", "other", StringComparison.Ordinal);

        var refused = await RegisterAsync(endpoint, other);
        await SendAsync(HttpMethod.Delete, Account);
        var free = await RegisterAsync(endpoint, other);

        Assert.Equal((HttpStatusCode.Conflict, "StorageAccountAlreadyTaken"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Equal(HttpStatusCode.OK, free.StatusCode);
    }

    [Theory]
    [InlineData("https://victim.blob.core.windows.net/")]
    [InlineData("https://acct1x.blob.core.windows.net/")]
    [InlineData("https://victim-secondary.blob.core.windows.net/")]
    [InlineData("https://VICTIM.privatelink.blob.core.windows.net./")]
    [InlineData("https://victim.z12.blob.storage.azure.net/")]
    public async Task An_account_of_Azure_is_registered_under_its_own_name_only(string endpoint)
    {
        var refused = await RegisterAsync(endpoint);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("properties.primaryEndpoints.blob", (await refused.JsonAsync())["error"]!["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_registrations_of_one_service_at_once_make_one()
    {
        var (first, second) = (Account.Replace("acct1", "one", StringComparison.Ordinal), Account.Replace("acct1", "two", StringComparison.Ordinal));
        const string Endpoint = "http://127.0.0.1:10009/shared";
        _store.AfterRead(second.ToLowerInvariant(), () => RegisterAsync(Endpoint, first));

        var refused = await RegisterAsync(Endpoint, second);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, first)).StatusCode);
    }

    private Task<HttpResponseMessage> RegisterAsync(string endpoint, string? account = null) => SendAsync(
        HttpMethod.Put, account ?? Account,
        """{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"URL"}}}"""
            .Replace("URL", endpoint, StringComparison.Ordinal));

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null) =>
        _server.SendAsync(method, TestServer.Versioned(path, "2023-01-01"), body);
}
