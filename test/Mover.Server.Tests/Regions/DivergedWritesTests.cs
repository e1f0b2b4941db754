using System.Text.Json;
using Mover.Server.Regions;
using Mover.State.Mirror;

namespace Mover.Server.Tests.Regions;

/// <summary>What becomes of each kind of document that a lost region alone had.</summary>
public sealed class DivergedWritesTests
{
    private const string Group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g";
    private const string Mover = Group + "/providers/Microsoft.StorageMover/storageMovers/m";

    [Theory]
    [InlineData(Mover + "/projects/p/jobDefinitions/j/jobRuns/r", "recorded from the agent's report")]
    [InlineData(Group + "/providers/Microsoft.Resources/deployments/d", "Deployments are history")]
    [InlineData(Mover + "/agents/a", "register the agent again")]
    [InlineData(Group + "/providers/Microsoft.HybridCompute/machines/a", "register the agent again")]
    [InlineData(Group + "/providers/Microsoft.Nowhere/things/a", "No request can write it")]
    [InlineData("accountkeys/subscriptions/s/resourcegroups/g/providers/microsoft.storage/storageaccounts/a/keys/1", "set the account's key again")]
    [InlineData("vaults/v/s", "set it again")]
    [InlineData("vaultversions/v/s/1", "set it again")]
    [InlineData("serviceprincipals/1", "create the service principal again")]
    [InlineData("subscription-tags/s", "az tag")]
    [InlineData("provider-registrations/s/microsoft.storagemover", "Register the provider again")]
    public void What_no_request_writes_is_told_with_what_to_do(string key, string told)
    {
        var (write, note) = DivergedWrites.Of(Some(key, DivergenceKind.OnlyHere, """{"properties":{"keyIsSet":true}}"""), "s");

        Assert.Null(write);
        Assert.Contains(told, note);
    }

    [Fact]
    public void A_resource_is_put_in_the_newest_version_without_what_the_service_sets()
    {
        var document = Some(
            Mover + "/projects/p/jobDefinitions/j", DivergenceKind.Differs,
            """{"id":"x","name":"j","type":"t","properties":{"copyMode":"Mirror","latestJobRunName":"r","provisioningState":"Succeeded"}}""");

        var (write, note) = DivergedWrites.Of(document, "s");

        Assert.Equal(("PUT", "2026-05-01"), (write!.Method, write.ApiVersion));
        Assert.Equal("""{"properties":{"copyMode":"Mirror"}}""", write.Body!.ToJsonString());
        Assert.Null(note);
    }

    [Fact]
    public void The_key_of_an_account_is_not_put_and_its_absence_is_told()
    {
        var (write, note) = DivergedWrites.Of(
            Some(Group + "/providers/Microsoft.Storage/storageAccounts/a", DivergenceKind.OnlyHere, """{"properties":{"keyIsSet":true}}"""), "s");

        Assert.Equal("PUT", write!.Method);
        Assert.Contains("set it again", note);
    }

    [Theory]
    [InlineData("vaults/v/s")]
    [InlineData("accountkeys/subscriptions/s/x")]
    [InlineData("serviceprincipals/1")]
    public void What_is_sealed_is_not_shown(string key) =>
        Assert.Null(DivergedWrites.Shown(Some(key, DivergenceKind.OnlyHere, """{"sealed":"AAAA"}""")));

    [Fact]
    public void What_was_being_deleted_is_not_put_back()
    {
        var (write, note) = DivergedWrites.Of(
            Some(Group, DivergenceKind.Differs, """{"location":"eastus","properties":{"provisioningState":"Deleting"}}"""), "s");

        Assert.Null(write);
        Assert.Contains("being deleted", note);
    }

    private static DivergedDocument Some(string key, DivergenceKind kind, string here)
    {
        using var json = JsonDocument.Parse(here);
        return new(key, kind, "someone", default, "c", 1, 0, json.RootElement.Clone());
    }
}
