using System.Security.Cryptography;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>A machine's identity as the issuer needs it.</summary>
/// <param name="Id">The <c>Microsoft.HybridCompute/machines</c> resource.</param>
/// <param name="PublicKey">Its key: SubjectPublicKeyInfo in base64, checked when the machine was saved.</param>
internal sealed record MachineIdentity(ResourceId Id, string PublicKey)
{
    /// <summary>Opens the key.</summary>
    public ECDsa OpenKey()
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(PublicKey), out _);
        return key;
    }
}

/// <summary>Where the machine of a principal id is.</summary>
internal sealed record MachineRecord(string MachineId);

/// <summary>
/// Machines by the principal id of their identity: a record in the state store that points at the machine. Written before the machine's
/// document and removed in the commit that deletes it, so that a machine that exists is always found; a record without its machine finds
/// nothing.
/// </summary>
internal sealed class MachineIdentities(DocumentStore documents)
{
    private const string Place = "machineidentities";

    /// <summary>The machine whose identity has this principal id (a GUID); null when there is none, or none any more.</summary>
    public async Task<MachineIdentity?> FindAsync(string principalId, CancellationToken cancel)
    {
        var record = await documents.GetAsync(KeyOf(principalId), PrincipalsJson.Default.MachineRecord, cancel);
        if (record is null || !ResourceId.TryParse(record.Value.MachineId, out var id))
        {
            return null;
        }

        var machine = await documents.GetAsync(id, MoverJson.Wire.HybridMachine, cancel);
        return machine?.Value is { Properties.ClientPublicKey: { } key, Identity.PrincipalId: { } owner }
            && owner.Equals(principalId, StringComparison.OrdinalIgnoreCase)
                ? new(id, key)
                : null;
    }

    /// <summary>The first thousand principal ids with where their machines are, or were: one may be gone.</summary>
    public async Task<IReadOnlyList<(string PrincipalId, ResourceId Machine)>> ListAsync(CancellationToken cancel)
    {
        var page = await documents.ListInternalAsync(
            DocumentKey.Internal(Place), PrincipalsJson.Default.MachineRecord, null, StateLimits.PageEntriesMax, cancel);
        return
        [
            .. from found in page.Documents
               let id = ResourceId.TryParse(found.Value.MachineId, out var parsed) ? parsed : default
               select (found.Key.Text[(found.Key.Text.LastIndexOf('/') + 1)..], id),
        ];
    }

    /// <summary>Points the principal id at the machine.</summary>
    public async Task SaveAsync(string principalId, ResourceId machine, WriteStamp stamp, CancellationToken cancel) =>
        await documents.PutAsync(
            KeyOf(principalId), new(machine.Text), PrincipalsJson.Default.MachineRecord, DocumentCondition.Always, stamp, cancel);

    /// <summary>The write that forgets the principal id.</summary>
    public static DocumentWrite Removal(string principalId) => DocumentWrite.Delete(KeyOf(principalId));

    private static DocumentKey KeyOf(string principalId) => DocumentKey.Internal(Place, principalId);
}
