using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>An account whose key the control plane does not have: the agent writes as its host's own Azure identity, over TLS.</summary>
public sealed class OwnIdentityTests
{
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    [RequiresFact("MOVER_AZURITE", "MOVER_NODE_MODULES")]
    public async Task An_agent_copies_with_the_identity_of_its_host_and_a_token_for_another_service_fails_the_job()
    {
        using var folder = new TemporaryFolder();
        await using var identity = await AzureIdentity.StartAsync(folder.Path);
        await using var estate = await Estate.StartAsync(new() { Identity = identity });
        Trees.Mixed(estate.Source, seed: 6, smallFiles: 100, largeBytes: 8 * 1024 * 1024);
        var job = await estate.DefineJobAsync("first");

        FirstMigrationTests.AssertSucceeded(await estate.WaitForEndAsync(await estate.StartJobAsync(job), RunMax), estate);
        await Witness.CompareAsync(estate.Source, estate.ContainerUrl, caFile: identity.CertificateFile);
        var given = identity.Given;
        await estate.KillAgentAsync();
        identity.IsForAnotherService = true;
        estate.StartAgent();
        var refused = await estate.WaitForEndAsync(await estate.StartJobAsync(job), RunMax);

        Assert.True(given > 0, "The agent asked the identity service for no token.");
        Assert.True(refused["status"]!.GetValue<string>() == "Failed", refused.ToJsonString());
    }
}
