using System.Text.Json.Serialization;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Tls;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>
/// Holds the state to its data folder: the first start writes the folder's tenant into the state, and a later one refuses the state of
/// another server, whose resources, roles and keys belong to other identities.
/// </summary>
internal sealed class StateOwner(DocumentStore documents, Administrator administrator, ServerOptions options, TimeProvider clock)
    : IHostedService
{
    private static readonly DocumentKey Key = DocumentKey.Internal("server", "owner");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await documents.GetAsync(Key, StateOwnerJson.Default.Owner, cancellationToken) is { } found)
        {
            Check(found.Value.TenantId);
            return;
        }

        var stamp = new WriteStamp(Caller.Service.Name, Caller.Service.Type, clock.GetUtcNow(), Guid.NewGuid().ToString(), Routine: true);
        await documents.PutAsync(
            Key, new Owner(administrator.TenantId), StateOwnerJson.Default.Owner, DocumentCondition.Absent, stamp, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Check(string tenant)
    {
        if (!string.Equals(tenant, administrator.TenantId, StringComparison.OrdinalIgnoreCase))
        {
            throw new DataFolderException(
                options.DataFolder,
                $"its state belongs to tenant {tenant} and its access/administrator.json to tenant {administrator.TenantId}; "
                    + "restore both from the same backup");
        }
    }

    /// <summary>Whose state it is.</summary>
    /// <param name="TenantId">The tenant of the data folder.</param>
    internal sealed record Owner(string TenantId);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StateOwner.Owner))]
internal sealed partial class StateOwnerJson : JsonSerializerContext;
