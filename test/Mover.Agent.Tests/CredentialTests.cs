using Microsoft.Extensions.DependencyInjection;
using Mover.Client;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Tests;
using Mover.State;

namespace Mover.Agent.Tests;

public sealed class CredentialTests
{
    private const string Blobs = "http://127.0.0.1:10000/acc/";
    private const string Key = "AAECAwQFBgcICQoLDA0ODw==";

    [Fact]
    public async Task An_account_whose_key_is_kept_gives_a_signature_for_the_runs_container_only_while_the_claim_lasts()
    {
        await using var scene = await ChannelScene.StartAsync();
        var account = await scene.CreateAccountAsync(Blobs, Key);
        await scene.GrantAsync(account, ChannelScene.DataContributor);
        var order = await scene.ClaimAsync();

        var given = ChannelScene.Value(await scene.AskForTargetAsync(order));
        await scene.AskAsync(instance: "two", reclaim: [order.RunId]);
        var late = await scene.AskForTargetAsync(order);

        Assert.Contains("sig=", given.Sas, StringComparison.Ordinal);
        Assert.Contains("sr=c", given.Sas, StringComparison.Ordinal);
        Assert.True(given.ExpiresAt > scene.Clock.GetUtcNow());
        Assert.Equal("cont", given.ContainerName);
        Assert.DoesNotContain("sig=", given.ToString(), StringComparison.Ordinal);
        Assert.Equal("RunOwnedElsewhere", late.Refusal?.Code);
    }

    [Fact]
    public async Task A_look_at_an_endpoint_gets_a_signature_that_lists_for_minutes_and_does_nothing_else()
    {
        await using var scene = await ChannelScene.StartAsync();
        var account = await scene.CreateAccountAsync(Blobs, Key);
        await scene.GrantAsync(account, ChannelScene.DataContributor);

        var given = await (await scene.PostAsAgentAsync("look", """{"endpointName":"dst"}""")).JsonAsync();

        Assert.Contains("&sp=l&", $"&{(string?)given["sas"]}&", StringComparison.Ordinal);
        var now = scene.Clock.GetUtcNow();
        Assert.InRange(given["expiresAt"]!.GetValue<DateTimeOffset>(), now, now + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task An_account_without_a_key_sends_the_agent_to_its_own_identity_when_it_has_the_role()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var unregistered = await scene.AskForTargetAsync(order);
        var account = await scene.CreateAccountAsync("https://acc.blob.core.windows.net/", key: null);
        var without = await scene.AskForTargetAsync(order);
        await scene.GrantAsync(account, ChannelScene.DataContributor);

        var given = ChannelScene.Value(await scene.AskForTargetAsync(order));

        Assert.Null(given.Sas);
        Assert.Equal("https://acc.blob.core.windows.net/", given.BlobEndpoint);
        Assert.Equal(("AuthorizationFailed", "AuthorizationFailed"), (unregistered.Refusal?.Code, without.Refusal?.Code));
        Assert.Contains("mover storage-account create", unregistered.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_of_an_older_version_has_to_be_registered_again()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        var account = await scene.CreateAccountAsync("https://acc.blob.core.windows.net/", key: null);
        await scene.GrantAsync(account, ChannelScene.DataContributor);
        var store = scene.Server.Services.GetRequiredService<IStateStore>();
        var claim = Assert.Single((await store.ListAsync("accountservices/", null, 2, default)).Entries);
        await store.CommitAsync([], [new(claim.Key, null)], default);

        var refused = await scene.AskForTargetAsync(order);
        await scene.Server.SendAsync(HttpMethod.Patch, TestServer.Versioned(account, "2023-05-01"), """{"tags":{"a":"b"}}""");
        var given = await scene.AskForTargetAsync(order);

        Assert.Equal("StorageAccountNotClaimed", refused.Refusal?.Code);
        Assert.Contains("mover storage-account update", refused.Refusal?.Message, StringComparison.Ordinal);
        Assert.Null(given.Refusal);
    }

    [Fact]
    public async Task A_role_on_the_group_opens_no_account_that_is_not_registered()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();
        await scene.GrantAsync(scene.Server.Group(), ChannelScene.DataContributor);

        var refused = await scene.AskForTargetAsync(order);

        Assert.Equal("AuthorizationFailed", refused.Refusal?.Code);
        Assert.Contains("mover storage-account create", refused.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_role_of_a_storage_endpoints_identity_gives_nothing_to_the_agents_that_jobs_name()
    {
        await using var scene = await ChannelScene.StartAsync();
        var account = await scene.CreateAccountAsync(Blobs, Key);
        var endpoint = await (await scene.Server.PutAsync(
            scene.Server.Mover() + "/endpoints/dst",
            scene.Server.BlobBody().Replace("{\"properties\"", "{\"identity\":{\"type\":\"SystemAssigned\"},\"properties\"", StringComparison.Ordinal))).JsonAsync();
        await scene.GrantAsync(account, ChannelScene.DataContributor, endpoint["identity"]!["principalId"]!.GetValue<string>());
        var order = await scene.ClaimAsync();

        var refused = await scene.AskForTargetAsync(order);
        await scene.GrantAsync(account, ChannelScene.DataContributor);
        var given = ChannelScene.Value(await scene.AskForTargetAsync(order));

        Assert.Equal("AuthorizationFailed", refused.Refusal?.Code);
        Assert.Contains(scene.Agent.PrincipalId, refused.Refusal?.Message, StringComparison.Ordinal);
        Assert.Contains("sig=", given.Sas, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_not_a_container_gets_no_credentials()
    {
        await using var scene = await ChannelScene.StartAsync();
        var order = await scene.ClaimAsync();

        var given = await scene.Channel.CredentialsAsync(new(order.RunId, 1, RunSide.Source), CancellationToken.None);

        Assert.Equal(403, given.Refusal?.Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")]
    [InlineData("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")]
    public async Task Without_a_role_that_reads_and_writes_blobs_no_signature_is_given_and_the_missing_role_is_named(string? role)
    {
        await using var scene = await ChannelScene.StartAsync();
        var account = await scene.CreateAccountAsync(Blobs, Key);
        if (role is not null)
        {
            await scene.GrantAsync(account, role);
        }

        var order = await scene.ClaimAsync();

        var given = await scene.AskForTargetAsync(order);

        Assert.Equal("AuthorizationFailed", given.Refusal?.Code);
        Assert.Contains("'Storage Blob Data Contributor'", given.Refusal?.Message, StringComparison.Ordinal);
        Assert.Contains(account + "/blobServices/default/containers/cont", given.Refusal?.Message, StringComparison.Ordinal);
        Assert.Contains(scene.Agent.PrincipalId, given.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Granting_a_job_gives_its_agent_the_container_and_repeating_it_changes_nothing()
    {
        await using var scene = await ChannelScene.StartAsync();
        await scene.CreateAccountAsync(Blobs, Key);
        using var client = new MoverClient(
            new()
            {
                Addresses = [new(scene.Server.Url)],
                Token = (_, _) => ValueTask.FromResult(AdministratorToken.Create(scene.Server.Folder, scene.Clock).Reveal()),
            },
            AgentTrust.CreateHandler(scene.CaPem),
            scene.Clock);
        Assert.True(ResourceId.TryParse(scene.Server.Definition(), out var definition));

        var first = Assert.Single(await client.GrantJobAsync(definition, CancellationToken.None));
        var second = Assert.Single(await client.GrantJobAsync(definition, CancellationToken.None));
        var order = await scene.ClaimAsync();
        var given = ChannelScene.Value(await scene.AskForTargetAsync(order));

        Assert.Equal((JobGrantOutcome.Given, scene.Agent.PrincipalId), (first.Outcome, first.PrincipalId));
        Assert.Equal(first with { Outcome = second.Outcome }, second);
        Assert.Contains("sp=racwdl", given.Sas, StringComparison.Ordinal);
    }
}
