using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Resources;
using Mover.Recovery.Agents;
using Mover.Recovery.Tests.Interrupted;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Deploy;

/// <summary>Agents get the role on exactly the secrets that their jobs' sources are opened with.</summary>
public sealed class VaultGrantTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_secrets_of_an_smb_source_are_granted_one_by_one_and_taken_back()
    {
        await using var scene = await AgentScene.StartAsync(jobs: 1, "w1");
        var west = scene.Scene.West;
        foreach (var name in new[] { "user", "word", "other" })
        {
            Assert.True((await west.SendAsync(HttpMethod.Put, $"/vaults/vault1/secrets/{name}", """{"value":"x"}""")).IsSuccessStatusCode);
        }

        await MakeJobAsync(scene, "smb", $$"""
            {"endpointType":"SmbMount","host":"filer","shareName":"s","credentials":{"type":"AzureKeyVaultSmb",
             "usernameUri":"{{west.Url}}/vaults/vault1/secrets/user","passwordUri":"{{west.Url}}/vaults/vault1/secrets/word"} }
            """);
        var estate = await scene.ReadAsync();
        var jobs = estate.Choose([], ["m1/p1/smb"]);
        var grants = new Grants(scene.Scene.WestClient, scene.Scene.WestGroup);

        var given = await grants.GiveAsync(estate, jobs, None);
        var again = await grants.FindAsync(estate, jobs, None);
        var revoked = await grants.RevokeAsync(None);
        var missing = await grants.FindAsync(estate, jobs, None);

        Assert.Equal(
            ["user", "word"],
            given.Where(one => one.Role.RoleName == "Key Vault Secrets User").Select(one => one.Scope.Split("/vaults/vault1/secrets/")[1]).Order());
        Assert.Equal(
            estate.EndpointsOf(jobs[0]).SelectMany(end => JobGrants.NeedsOf(end.Properties, scene.Mover, end.IsSource)).Select(need => need.Scope).Order(),
            given.Select(one => one.Scope).Order());
        Assert.All(given, one => Assert.Equal(GrantOutcome.Given, one.Outcome));
        Assert.All(again, one => Assert.Equal(GrantOutcome.Present, one.Outcome));
        Assert.Equal(given.Count, revoked.Count);
        Assert.All(missing, one => Assert.Equal(GrantOutcome.Missing, one.Outcome));
    }

    [Fact]
    public void An_s3_source_is_opened_with_two_secrets() => Assert.Equal(
        ["https://v/secrets/a", "https://v/secrets/s"],
        JobGrants.SecretsOf(new S3WithHmacProperties
        {
            Credentials = new() { AccessKeyUri = "https://v/secrets/a", SecretKeyUri = "https://v/secrets/s", UsernameUri = "https://v/secrets/u" },
        }));

    [Fact]
    public async Task A_secret_of_azure_key_vault_is_found_by_the_address_of_its_vault_or_told()
    {
        await using var scene = await AgentScene.StartAsync(jobs: 1, "w1");
        await MakeJobAsync(scene, "smb", """
            {"endpointType":"SmbMount","host":"filer","shareName":"s","credentials":{"type":"AzureKeyVaultSmb",
             "usernameUri":"https://mine.vault.azure.net/secrets/user/0123","passwordUri":"https://theirs.vault.azure.net/secrets/word"} }
            """);
        var estate = await scene.ReadAsync();
        var jobs = estate.Choose([], ["m1/p1/smb"]);
        var vault = $"/subscriptions/{scene.Scene.West.Subscription}/resourceGroups/kv/providers/Microsoft.KeyVault/vaults/mine";
        using var client = RecoveryScene.Client(scene.Scene.West, over: inner => new VaultList(vault) { InnerHandler = inner });

        var found = await new Grants(client, scene.Scene.WestGroup).FindAsync(estate, jobs, None);
        var started = await new Starts(client).RunAsync(
            estate, jobs, [.. found.Where(one => one.Outcome == GrantOutcome.Elsewhere)], again: false, onlyChecks: true, None).ToListAsync();

        Assert.Equal(GrantOutcome.Missing, found.Single(one => one.Scope == $"{vault}/secrets/user").Outcome);
        Assert.Equal(GrantOutcome.Elsewhere, found.Single(one => one.Scope == "https://theirs.vault.azure.net/secrets/word").Outcome);
        Assert.Equal(StartOutcome.Started, Assert.Single(started).Outcome);
        Assert.Contains("Cannot check whether its agent has the role", started[0].Reasons[0], StringComparison.Ordinal);
    }

    private static async Task MakeJobAsync(AgentScene scene, string name, string endpoint)
    {
        var client = scene.Scene.WestClient;
        await client.PutAsync(scene.Mover.Child("endpoints", name), new() { ["properties"] = JsonNode.Parse(endpoint) }, None);
        await client.PutAsync(
            scene.Mover.Child("projects", "p1").Child("jobDefinitions", name),
            new()
            {
                ["properties"] = new JsonObject
                {
                    ["copyMode"] = "Additive", ["sourceName"] = name, ["targetName"] = "dst", ["agentName"] = "w1",
                },
            },
            None);
    }

    // Azure's list of vaults, which no other control plane has.
    private sealed class VaultList(string vault) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.AbsolutePath.EndsWith("/providers/Microsoft.KeyVault/vaults", StringComparison.Ordinal)
                ? new(HttpStatusCode.OK)
                {
                    Content = new StringContent(
                        $$"""{"value":[{"id":"{{vault}}","properties":{"vaultUri":"https://mine.vault.azure.net/"} }]}""", Encoding.UTF8, "application/json"),
                }
                : await base.SendAsync(request, cancellationToken);
    }
}
