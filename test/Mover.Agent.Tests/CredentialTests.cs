using Mover.Core.AgentProtocol;
using Mover.Server.Tests;

namespace Mover.Agent.Tests;

public sealed class CredentialTests
{
    private const string Account =
        """
        {"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"StorageV2",
         "properties":{"primaryEndpoints":{"blob":"http://127.0.0.1:10000/acc/"}}}
        """;

    [Fact]
    public async Task An_account_whose_key_is_kept_gives_a_signature_for_the_runs_container_only_while_the_claim_lasts()
    {
        await using var scene = await ChannelScene.StartAsync();
        var account = scene.Server.Group() + "/providers/Microsoft.Storage/storageAccounts/acc";
        await CreateAsync(scene, account);
        var order = await scene.ClaimAsync();

        var given = ChannelScene.Value(await scene.Channel.CredentialsAsync(new(order.RunId, 1, RunSide.Target), CancellationToken.None));
        await scene.AskAsync(instance: "two", reclaim: [order.RunId]);
        var late = await scene.Channel.CredentialsAsync(new(order.RunId, 1, RunSide.Target), CancellationToken.None);

        Assert.Contains("sig=", given.Sas, StringComparison.Ordinal);
        Assert.Contains("sr=c", given.Sas, StringComparison.Ordinal);
        Assert.True(given.ExpiresAt > scene.Clock.GetUtcNow());
        Assert.Equal("cont", given.ContainerName);
        Assert.DoesNotContain("sig=", given.ToString(), StringComparison.Ordinal);
        Assert.Equal("RunOwnedElsewhere", late.Refusal?.Code);
    }

    [Fact]
    public async Task An_account_without_a_key_sends_the_agent_to_its_own_identity()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        var given = ChannelScene.Value(await scene.Channel.CredentialsAsync(new(order.RunId, 1, RunSide.Target), CancellationToken.None));

        Assert.Null(given.Sas);
        Assert.Equal("https://acc.blob.core.windows.net/", given.BlobEndpoint);
    }

    [Fact]
    public async Task A_source_that_is_no_container_gets_no_credentials()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        var given = await scene.Channel.CredentialsAsync(new(order.RunId, 1, RunSide.Source), CancellationToken.None);

        Assert.Equal(403, given.Refusal?.Status);
    }

    private static async Task CreateAsync(ChannelScene scene, string account)
    {
        var put = await scene.Server.SendAsync(HttpMethod.Put, TestServer.Versioned(account, "2023-05-01"), Account);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        var key = await scene.Server.SendAsync(
            HttpMethod.Post, TestServer.Versioned(account + "/setKey", "2023-05-01"), """{"key":"AAECAwQFBgcICQoLDA0ODw=="}""");
        Assert.True(key.IsSuccessStatusCode, await key.Content.ReadAsStringAsync());
    }
}
