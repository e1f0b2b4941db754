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
    public async Task A_key_that_is_set_while_the_endpoint_changes_is_the_new_endpoints()
    {
        _store.AfterRead(Account.ToLowerInvariant(), () => RegisterAsync("http://127.0.0.1:10001/acct1"));

        await SendAsync(HttpMethod.Post, Account + "/setKey", Key);

        Assert.True(ResourceId.TryParse(Account, out var id));
        var account = await _server.Services.GetRequiredService<DocumentStore>().GetAsync(id, MoverJson.Wire.StorageAccount, default);
        Assert.True((await _server.Services.GetRequiredService<AccountKeys>().RevealAsync(account!, default)).Try(out _, out _));
    }

    private Task<HttpResponseMessage> RegisterAsync(string endpoint) => SendAsync(
        HttpMethod.Put, Account,
        """{"location":"eastus","sku":{"name":"Standard_LRS"},"properties":{"primaryEndpoints":{"blob":"URL"}}}"""
            .Replace("URL", endpoint, StringComparison.Ordinal));

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null) =>
        _server.SendAsync(method, TestServer.Versioned(path, "2023-01-01"), body);
}
