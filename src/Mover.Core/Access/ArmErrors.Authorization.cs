using Mover.Core.Access;

namespace Mover.Core.Arm;

/// <summary>Refusals of role definitions and role assignments; codes as Azure's authorization provider gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>400: the last segment of an assignment's id is no GUID.</summary>
    public static ArmError InvalidRoleAssignmentId(string name) =>
        new(400, "InvalidRoleAssignmentId", $"'{Shown(name)}' is not a valid role assignment name; use a GUID.");

    /// <summary>400: the last segment of a role's id is no GUID.</summary>
    public static ArmError InvalidRoleDefinitionId(string name) =>
        new(400, "InvalidRoleDefinitionId", $"'{Shown(name)}' is not a valid role definition name; use a GUID.");

    /// <summary>400: a property of a role assignment or definition is missing or wrong.</summary>
    public static ArmError InvalidRoleRequest(string target, string message) => new(400, "BadRequestFormat", message, target);

    /// <summary>409: others change assignments all the time.</summary>
    public static ArmError RoleAssignmentContended(string name) =>
        new(409, ConcurrentRequest, $"Role assignments kept changing while '{name}' was being written. Retry the request.");

    /// <summary>409: others change roles all the time.</summary>
    public static ArmError RoleDefinitionContended(string name) =>
        new(409, ConcurrentRequest, $"Roles kept changing while '{name}' was being written. Retry the request.");

    /// <summary>404: no such assignment at this scope.</summary>
    public static ArmError RoleAssignmentNotFound(string name) =>
        new(404, "RoleAssignmentNotFound", $"Role assignment '{Shown(name)}' was not found at this scope.");

    /// <summary>404: no such role.</summary>
    public static ArmError RoleDefinitionDoesNotExist(string name) =>
        new(404, "RoleDefinitionDoesNotExist", $"Role definition '{Shown(name)}' was not found.");

    /// <summary>409: the principal has this role at this scope by another assignment. Clients know it by the first words.</summary>
    public static ArmError RoleAssignmentExists(string name) =>
        new(409, "RoleAssignmentExists", "The role assignment already exists: "
            + $"'{name}' grants the principal this role at this scope.");

    /// <summary>400: who, what and where of an assignment do not change.</summary>
    public static ArmError RoleAssignmentUpdateNotPermitted(string name) =>
        new(400, "RoleAssignmentUpdateNotPermitted",
            $"The principal, role and scope of role assignment '{name}' cannot be changed. Delete it and create a new one.");

    /// <summary>400: nobody knows the principal, and its type was not given.</summary>
    public static ArmError PrincipalNotFound(string principal) =>
        new(400, "PrincipalNotFound",
            $"The principal '{Shown(principal)}' was not found. If it belongs to an external issuer, set principalType.",
            "properties.principalId");

    /// <summary>400: an identity of this control plane has no external issuer.</summary>
    public static ArmError PrincipalHasNoIssuer(string principal, string issuer) =>
        new(400, "UnmatchedPrincipalIssuer",
            $"The principal '{principal}' is an identity of this control plane, not of '{Shown(issuer)}'. Omit principalIssuer.",
            "properties.principalIssuer");

    /// <summary>400: the issuer is not one that this control plane trusts.</summary>
    public static ArmError PrincipalIssuerNotConfigured(string issuer, IEnumerable<string> known) =>
        new(400, "PrincipalIssuerNotConfigured",
            $"The issuer '{Shown(issuer)}' is not configured. "
                + $"Configured issuers: {string.Join(", ", known)}.", "properties.principalIssuer");

    /// <summary>400: several issuers may give out this object id.</summary>
    public static ArmError PrincipalIssuerRequired(string principal, IEnumerable<string> known) =>
        new(400, "PrincipalIssuerRequired",
            $"Several issuers are configured, and any of them may issue the object id '{principal}'. Set principalIssuer to one of: "
            + $"{string.Join(", ", known)}.",
            "properties.principalIssuer");

    /// <summary>404: nobody in the directory has this object id.</summary>
    public static ArmError DirectoryObjectNotFound(string objectId) =>
        new(404, "Request_ResourceNotFound", $"No service principal has the object id '{objectId}'.");

    /// <summary>400: the type given is not the principal's.</summary>
    public static ArmError UnmatchedPrincipalType(string principal, string known, string given) =>
        new(400, "UnmatchedPrincipalType", $"The principal '{principal}' is a {known}, not a {Shown(given)}.", "properties.principalType");

    /// <summary>400: the role may not be assigned there.</summary>
    public static ArmError RoleNotAssignableAt(RoleDefinition role, string scope) =>
        new(400, "RoleDefinitionNotAssignable",
            $"The role '{role.RoleName}' can be assigned only at {string.Join(", ", role.AssignableScopes)} and below, "
            + $"not at '{Shown(scope)}'.");

    /// <summary>400: conditions are not judged here, and an assignment that ignored its condition would give too much.</summary>
    public static ArmError ConditionNotSupported(string target) =>
        new(400, "ConditionNotSupported", "This control plane does not support conditions on role assignments. "
            + "Omit the condition.", target);

    /// <summary>409: without it no identity of this control plane could give rights.</summary>
    public static ArmError LastOwner() =>
        new(409, "LastOwnerAssignment",
            "Cannot delete the last Owner assignment at '/' that can sign in here; first assign Owner at '/' to the administrator or to "
            + "a service principal.");

    /// <summary>409: the subscription has as many assignments as it may have.</summary>
    public static ArmError RoleAssignmentLimitExceeded(int assignmentsMax) =>
        new(409, "RoleAssignmentLimitExceeded", $"A subscription can have at most {assignmentsMax} role assignments. Delete some first.");

    /// <summary>409: what is left of the subscription's assignments is kept for those at the subscription itself.</summary>
    public static ArmError RoleAssignmentRoomKept(int assignmentsMax, int kept) =>
        new(409, "RoleAssignmentLimitExceeded",
            $"A subscription can have at most {assignmentsMax} role assignments, and the last {kept} are reserved for assignments at the "
            + "subscription itself. Delete some at its resource groups and resources, or assign the role at the subscription.");

    /// <summary>409: the group has as many assignments as it may have of its subscription's.</summary>
    public static ArmError RoleAssignmentGroupLimitExceeded(string group, int assignmentsMax) =>
        new(409, "RoleAssignmentLimitExceeded",
            $"The resource group '{Shown(group)}' can have at most {assignmentsMax} role assignments, including those at its resources. "
            + "Delete some, or assign roles to groups.");

    /// <summary>409: there are as many custom roles as there may be.</summary>
    public static ArmError RoleDefinitionLimitExceeded(int rolesMax) =>
        new(409, "RoleDefinitionLimitExceeded", $"There can be at most {rolesMax} custom roles. Delete some first.");

    /// <summary>409: the group has as many custom roles as it may have.</summary>
    public static ArmError RoleDefinitionGroupLimitExceeded(string group, int rolesMax) =>
        new(409, "RoleDefinitionLimitExceeded",
            $"At most {rolesMax} custom roles can be assignable in the resource group '{Shown(group)}' but not at its subscription. "
            + "Delete some first.");

    /// <summary>409: another role has the name.</summary>
    public static ArmError RoleDefinitionWithSameNameExists(string roleName) =>
        new(409, "RoleDefinitionWithSameNameExists", $"A role named '{Shown(roleName)}' already exists. Role names must be unique.");

    /// <summary>409: the role is in use.</summary>
    public static ArmError RoleDefinitionHasAssignments(RoleDefinition role, int assignments) =>
        new(409, "RoleDefinitionHasAssignments",
            $"The role '{role.RoleName}' is used by {assignments} role assignments. Delete them first.");

    /// <summary>403: built-in roles do not change.</summary>
    public static ArmError BuiltInRoleIsFixed(RoleDefinition role) =>
        new(403, "RoleDefinitionIsBuiltIn", $"'{role.RoleName}' is a built-in role and cannot be changed. Create a custom role.");

    /// <summary>400: a filter that is not understood.</summary>
    public static ArmError UnsupportedFilter(string filter, string known) =>
        new(400, "InvalidFilter", $"The $filter '{Shown(filter)}' is not supported. Supported: {known}.", "$filter");

    /// <summary>409: an agent whose machine has no identity cannot be given a role.</summary>
    public static ArmError AgentHasNoIdentity(ResourceId agent) =>
        new(409, "AgentHasNoIdentity",
            $"The machine of agent '{agent.Name}' has no identity to assign a role to. Register the agent again.");

    /// <summary>403: no role gives the identity the data.</summary>
    /// <param name="principal">The identity.</param>
    /// <param name="role">The role that would do.</param>
    /// <param name="scope">The container.</param>
    /// <param name="isRegistered">Whether the container's account is registered here, so that roles can be assigned below it.</param>
    public static ArmError DataRoleMissing(string principal, RoleDefinition role, string scope, bool isRegistered) =>
        new(403, "AuthorizationFailed",
            $"The identity '{principal}' has no access to the data at '{scope}'. "
            + (isRegistered ? string.Empty : "The account is not registered here; register it first (mover storage-account create). ")
            + $"Assign it the role '{role.RoleName}' at that scope or above: "
            + $"mover role-assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal "
            + $"--role \"{role.RoleName}\" --scope {scope}; or start the job with --grant.");
}
