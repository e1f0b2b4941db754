namespace Mover.Core.Access;

/// <summary>The roles that Azure has and Mover knows, with Azure's ids and permissions.</summary>
public static class BuiltInRoles
{
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    private const string Containers = "Microsoft.Storage/storageAccounts/blobServices/containers";
    private const string DelegationKey = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";
    private const string Files = "Microsoft.Storage/storageAccounts/fileServices";
    private const string Secrets = "Microsoft.KeyVault/vaults/secrets";

    // Built-in roles have been there for ever; a fixed time keeps answers and ETags the same everywhere.
    private static readonly DateTimeOffset Made = new(2015, 2, 2, 21, 55, 9, TimeSpan.Zero);

    /// <summary>Everything, the giving of rights included.</summary>
    public static readonly RoleDefinition Owner = Make("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner",
        "Manages all resources and access to them.", new() { Actions = ["*"] });

    /// <summary>Everything but the giving of rights.</summary>
    public static readonly RoleDefinition Contributor = Make("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor",
        "Manages all resources, but cannot grant access to them.", new()
        {
            Actions = ["*"],
            NotActions =
            [
                "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action",
                "Microsoft.Blueprint/blueprintAssignments/write", "Microsoft.Blueprint/blueprintAssignments/delete",
                "Microsoft.Compute/galleries/share/action", "Microsoft.Purview/consents/write", "Microsoft.Purview/consents/delete",
                "Microsoft.Resources/deploymentStacks/manageDenySetting/action", "Microsoft.Subscription/cancel/action",
                "Microsoft.Subscription/enable/action",
            ],
        });

    /// <summary>Sees everything and changes nothing.</summary>
    public static readonly RoleDefinition Reader = Make("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader",
        "Views all resources, but cannot change them.", new() { Actions = ["*/read"] });

    /// <summary>Gives and takes rights.</summary>
    public static readonly RoleDefinition UserAccessAdministrator = Make("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator", "Manages access to resources.",
        new() { Actions = ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"] });

    /// <summary>Reads, writes and deletes blobs.</summary>
    public static readonly RoleDefinition BlobDataContributor = Make("ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor", "Reads, writes and deletes containers and blobs.", new()
        {
            Actions = [Containers + "/delete", Containers + "/read", Containers + "/write", DelegationKey],
            DataActions = [Blobs + "/delete", Blobs + "/read", Blobs + "/write", Blobs + "/move/action", Blobs + "/add/action"],
        });

    /// <summary>Everything with blobs, POSIX rights included.</summary>
    public static readonly RoleDefinition BlobDataOwner = Make("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner",
        "Has full access to containers and blobs, including POSIX access control.",
        new() { Actions = [Containers + "/*", DelegationKey], DataActions = [Blobs + "/*"] });

    /// <summary>Reads blobs.</summary>
    public static readonly RoleDefinition BlobDataReader = Make("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader",
        "Reads containers and blobs.", new() { Actions = [Containers + "/read", DelegationKey], DataActions = [Blobs + "/read"] });

    /// <summary>Reads, writes and deletes files with their access lists, whatever those say.</summary>
    public static readonly RoleDefinition FileDataPrivilegedContributor = Make("69566ab7-960f-475b-8e7c-b3118f30c6bd",
        "Storage File Data Privileged Contributor", "Reads, writes and deletes files and their ACLs, overriding the ACLs.", new()
        {
            DataActions =
            [
                Files + "/fileshares/files/read", Files + "/fileshares/files/write", Files + "/fileshares/files/delete",
                Files + "/fileshares/files/modifypermissions/action", Files + "/readFileBackupSemantics/action",
                Files + "/writeFileBackupSemantics/action",
            ],
        });

    /// <summary>Reads the values of secrets.</summary>
    public static readonly RoleDefinition SecretsUser = Make("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User",
        "Reads the values of secrets.", new() { DataActions = [Secrets + "/getSecret/action", Secrets + "/readMetadata/action"] });

    /// <summary>Does everything with secrets.</summary>
    public static readonly RoleDefinition SecretsOfficer = Make("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer",
        "Manages secrets, but cannot grant access to them.", new()
        {
            Actions =
            [
                "Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/deployments/*",
                "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*",
                "Microsoft.KeyVault/checkNameAvailability/read", "Microsoft.KeyVault/deletedVaults/read",
                "Microsoft.KeyVault/locations/*/read", "Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/operations/read",
            ],
            DataActions = [Secrets + "/*"],
        });

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<RoleDefinition> All { get; } =
    [
        Contributor, SecretsOfficer, SecretsUser, Owner, Reader, BlobDataContributor, BlobDataOwner, BlobDataReader,
        FileDataPrivilegedContributor, UserAccessAdministrator,
    ];

    private static readonly Dictionary<string, RoleDefinition> ByName =
        All.ToDictionary(role => role.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The role with this GUID; null when it is not one of them.</summary>
    public static RoleDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    private static RoleDefinition Make(string name, string roleName, string description, RolePermission permission) => new()
    {
        Name = name,
        RoleName = roleName,
        Type = RoleDefinition.BuiltIn,
        Description = description,
        AssignableScopes = [ArmAction.Root],
        Permissions = [permission],
        CreatedOn = Made,
        UpdatedOn = Made,
    };
}
