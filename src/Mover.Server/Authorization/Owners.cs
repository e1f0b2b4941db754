using Mover.Core.Access;
using Mover.Server.Identity;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>
/// Knows whether an Owner over everything is left who can sign in. External principals do not count: only their issuer knows of them.
/// </summary>
internal sealed class Owners(DocumentStore documents, Administrator administrator)
{
    private static readonly DocumentKey Place =
        DocumentKey.Internal([AccessState.AssignmentsArea, "providers", .. RoleAssignment.ResourceType.Split('/')]);

    /// <summary>True for an assignment of Owner over everything.</summary>
    public static bool IsOne(RoleAssignment assignment) =>
        assignment.Scope == ArmAction.Root && assignment.Role.Equals(BuiltInRoles.Owner.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the store has an Owner that can sign in, besides those that are to go.</summary>
    public async Task<bool> AnyAsync(Func<RoleAssignment, bool> goes, CancellationToken cancel)
    {
        await foreach (var entry in documents.ListBelowAsync(Place, cancel))
        {
            // A damaged assignment gives nothing; AccessState says so.
            if (DocumentStore.OpenWhole(entry, AuthorizationJson.Default.RoleAssignment, _ => { })?.Value is { } found
                && IsOne(found) && !goes(found) && await CanSignInAsync(found, cancel))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> CanSignInAsync(RoleAssignment owner, CancellationToken cancel) =>
        owner.PrincipalIssuer is null
        && owner.PrincipalType != RoleAssignment.GroupType
        && (owner.PrincipalId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase)
            || await documents.GetInfoAsync(ServicePrincipals.OwnerKeyOf(owner.PrincipalId), cancel) is not null);
}
