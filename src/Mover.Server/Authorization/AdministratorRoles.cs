using Mover.Core.Access;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>That an administrator was given roles, so that roles taken away since are not given again.</summary>
internal sealed record AdministratorMark(string ObjectId);

/// <summary>
/// Gives the administrator Owner and Key Vault Secrets Officer over everything, once: at the first start of a data folder, or at the first
/// one with a control plane that asks for roles. They are assignments as all others are.
/// </summary>
internal sealed partial class AdministratorRoles(
    DocumentStore documents, Administrator administrator, TimeProvider clock, ILogger<AdministratorRoles> logger)
{
    private const string Place = "administrators";

    /// <summary>Gives the roles unless that was done before.</summary>
    public async Task EnsureAsync(CancellationToken cancel)
    {
        var mark = DocumentKey.Internal(Place, administrator.ObjectId);
        if (await documents.GetInfoAsync(mark, cancel) is not null)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var stamp = new WriteStamp(Caller.Service.Name, Caller.Service.Type, now, Guid.NewGuid().ToString());
        var writes = new List<DocumentWrite>
        {
            DocumentWrite.Put(mark, new(administrator.ObjectId), AuthorizationJson.Default.AdministratorMark, DocumentCondition.Absent),
        };
        foreach (var role in new[] { BuiltInRoles.Owner, BuiltInRoles.SecretsOfficer })
        {
            writes.AddRange(RoleAssignments.NewWrites(new()
            {
                Name = Guid.NewGuid().ToString(),
                Scope = ArmAction.Root,
                Role = role.Name,
                PrincipalId = administrator.ObjectId,
                PrincipalType = "User",
                Description = "Made by the control plane for its administrator.",
                CreatedOn = now,
                UpdatedOn = now,
            }));
        }

        // Another instance of the control plane may have been faster.
        if ((await documents.CommitAsync(writes, stamp, cancel)).Committed)
        {
            Log.Given(logger, administrator.ObjectId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3211, LogLevel.Information, "The administrator {ObjectId} was given Owner and Key Vault Secrets Officer.")]
        public static partial void Given(ILogger logger, string objectId);
    }
}
