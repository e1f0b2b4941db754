using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>
/// The role assignments at single secrets. They are made only while their secret is there, go with it, and do not open the next secret of
/// its name.
/// </summary>
internal sealed class SecretRights(DocumentStore documents, Administrator administrator)
{
    // Of one commit; what there is beyond it goes in commits before.
    private const int WritesMax = 80;

    private static readonly string[] Areas = [AccessState.AssignmentsArea, RoleAssignments.UniqueArea];

    /// <summary>The deletes that go into the commit that deletes or makes the secret.</summary>
    public async Task<IReadOnlyList<DocumentWrite>> RemovalAsync(SecretId id, WriteStamp stamp, CancellationToken cancel)
    {
        var removal = new List<DocumentWrite>();
        foreach (var area in Areas)
        {
            var place = DocumentKey.Internal(
                area, "subscriptions", administrator.SubscriptionId, "providers", "microsoft.keyvault", "vaults", id.Vault, "secrets",
                id.Name);
            await foreach (var entry in documents.ListBelowAsync(place, cancel))
            {
                removal.Add(DocumentWrite.Delete(DocumentKey.Internal(entry.Key.Split('/', StringSplitOptions.RemoveEmptyEntries))));
            }
        }

        while (removal.Count > WritesMax)
        {
            await documents.CommitAsync(removal[..WritesMax], stamp, cancel);
            removal.RemoveRange(0, WritesMax);
        }

        return removal;
    }
}
