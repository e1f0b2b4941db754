using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Mover.Server.Gates;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.State;

namespace Mover.Server.Tests.Vault;

public sealed class LostVaultKeyTests : IAsyncLifetime
{
    private readonly RecordingLoggers _logs = new();
    private TestServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await TestServer.StartAsync(options => options with { Logging = logging => logging.AddProvider(_logs) });

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task A_start_without_a_vault_key_counts_the_secrets_that_need_it_and_names_it()
    {
        await PutAsync("s", "1");
        await PutAsync("s", "2");
        await PutAsync("t", "3");
        var lost = await LoseKeyAsync();

        await _server.RestartAsync();

        var line = await _logs.WaitForAsync("cannot be decrypted: their vault key");
        Assert.StartsWith("3 secrets", line, StringComparison.Ordinal);
        Assert.Contains(SealingKey.Of(lost.Bytes).Id, line, StringComparison.Ordinal);
        Assert.Equal("SecretUnreadable", await (await GetAsync("s")).ErrorCodeAsync());
    }

    [Fact]
    public async Task A_damaged_secret_is_named_at_the_start_and_the_others_are_looked_at()
    {
        await PutAsync("a", "1");
        await PutAsync("b", "2");
        var store = _server.Services.GetRequiredService<IStateStore>();
        await store.CommitAsync([], [new("vaults/vault1/a", "{}"u8.ToArray())], default);
        await LoseKeyAsync();

        await _server.RestartAsync();

        Assert.Contains("'vaults/vault1/a'", await _logs.WaitForAsync("A secret cannot be read."), StringComparison.Ordinal);
        Assert.StartsWith("1 secrets", await _logs.WaitForAsync("their vault key"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_set_since_are_readable_after_the_old_key_returns()
    {
        await PutAsync("s", "1");
        var lost = await LoseKeyAsync();
        await PutAsync("t", "2");
        await Identity.ChangeAsync(content => content.With(vaultKeys: [lost, .. content.VaultKeys]), Identity.ServiceStamp(), default);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await GetAsync("s")).StatusCode, (await GetAsync("t")).StatusCode));
    }

    private DeploymentIdentity Identity => _server.Services.GetRequiredService<DeploymentIdentity>();

    // The identity with another key in the place of the one that the secrets were sealed with.
    private async Task<VaultKeyPart> LoseKeyAsync()
    {
        var lost = Assert.Single(Identity.Current.Content.VaultKeys);
        await Identity.ChangeAsync(
            content => content.With(vaultKeys: [IdentityUpkeep.MakeVaultKey(DateTimeOffset.UtcNow)]), Identity.ServiceStamp(), default);
        return lost;
    }

    private Task<HttpResponseMessage> PutAsync(string name, string value) =>
        _server.SendAsync(HttpMethod.Put, $"/vaults/vault1/secrets/{name}?api-version=7.4", $$"""{"value":"{{value}}"}""");

    private Task<HttpResponseMessage> GetAsync(string name) =>
        _server.SendAsync(HttpMethod.Get, $"/vaults/vault1/secrets/{name}?api-version=7.4");
}
