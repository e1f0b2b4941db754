using Mover.Agent;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Doctor;

/// <summary>
/// Looks at the container of a storage endpoint as a run would: with the agent's own identity it asks the control plane for a right, for
/// which that has to decrypt the account's key, and lists the container with it.
/// </summary>
internal sealed class ContainerChecks(string folder, AgentRecord agent, TimeProvider clock)
{
    // Nothing has to be there: the answer tells all the same whether the container is.
    private static readonly EntryPath Anywhere = EntryPath.Of("mover-looks");

    /// <summary>What is found of the key, when there is something to tell, and of the container.</summary>
    public async Task<List<Finding>> RunAsync(string endpoint, ResourceId account, CancellationToken cancel)
    {
        try
        {
            using var channel = new AgentChannelClient(
                new(agent.AgentId, agent.TenantId, agent.PrincipalId, AgentFolder.ReadKey(folder)), new AgentAddresses(agent.Addresses),
                AgentTrust.CreateHandler(agent.CaPem), clock);
            var asked = await channel.LookAsync(new(endpoint), cancel);
            if (!asked.Try(out var right, out var refusal))
            {
                return [refusal.Code is "SecretUnreadable" or "AccountKeyOfAnotherEndpoint"
                    ? KeyFails(account, refusal.Message)
                    : Finding.Warn("container", $"not checked: {refusal.Message}", "Fix that, then check again.")];
            }

            return right.Sas is { } sas
                ? [Finding.Ok("key", $"the control plane has a key for '{account.Name}' and can decrypt it"),
                    await LookAsync(right, sas, account, cancel)]
                : [Finding.Warn(
                    "container", "not checked: the agent accesses it with its own Azure identity.",
                    "Start the job; its first run shows whether it works.")];
        }
        catch (Exception lost) when (lost is AgentChannelException or AgentFolderException)
        {
            return [Finding.Warn("container", $"not checked: {lost.Message}", "Fix that, then check again.")];
        }
    }

    private static Finding KeyFails(ResourceId account, string why) => Finding.Fail(
        "key", why,
        $"Restore the vault's files from a backup, or set the key again: mover storage-account set-key -g {account.ResourceGroup} "
            + $"-n {account.Name} --key-file FILE");

    private async Task<Finding> LookAsync(CredentialAnswer right, string sas, ResourceId account, CancellationToken cancel)
    {
        if (BlobContainerAddress.Of(right.BlobEndpoint, right.AccountName, right.ContainerName, string.Empty) is not { } address)
        {
            return Finding.Fail(
                "container", $"'{right.BlobEndpoint}' is not a Blob service URL.", "Correct the account's --blob-endpoint.");
        }

        await using var volume = new AzureBlobVolume(
            address, new SasCredential(sas, BlobDestinations.Only(address, allowHttp: false)), new(), clock);
        try
        {
            await foreach (var _ in volume.ScanBelowAsync(Anywhere, Scans.Usual(new(), clock), cancel))
            {
                break;
            }

            return Finding.Ok("container", $"{address} can be listed from this host");
        }
        catch (VolumeException fault)
        {
            return Finding.Fail("container", fault.Message, fault.Fault.Kind switch
            {
                VolumeFaultKind.NotFound => $"Create it: mover storage-account create-container -g {account.ResourceGroup} -n "
                    + $"{account.Name} --container-name {right.ContainerName} --key-file FILE",
                VolumeFaultKind.Authentication or VolumeFaultKind.Permission =>
                    "The key in the control plane may be outdated; set it again (mover storage-account set-key).",
                _ => "Check name resolution, the firewall and the proxy.",
            });
        }
    }
}
