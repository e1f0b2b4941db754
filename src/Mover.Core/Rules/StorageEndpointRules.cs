using System.Buffers;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT of a storage endpoint may ask, and what becomes of it. Pure.</summary>
public static class StorageEndpointRules
{
    private const string StorageAccounts = "Microsoft.Storage/storageAccounts";
    private const string P = "properties.";
    private static readonly SearchValues<char> ForbiddenInHosts = SearchValues.Create("/\\ \"'<>@?#");

    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<StorageEndpoint> Put(ResourceId id, StorageEndpoint? before, StorageEndpoint wanted, RuleContext context)
    {
        if (wanted.Properties is not { } asked)
        {
            return ArmErrors.InvalidProperty("properties", "The property 'properties' is required.");
        }

        if (before?.Properties is { } kept && kept.EndpointType != asked.EndpointType)
        {
            return ArmErrors.InvalidProperty(P + "endpointType",
                $"The endpoint type is set at creation and cannot be changed; it is {kept.EndpointType}.");
        }

        var problems = new Problems();
        problems.Description(asked.Description);
        var kind = Kind(problems, before?.Properties?.EndpointKind, asked);
        var properties = Typed(problems, before?.Properties, asked) with
        {
            EndpointKind = kind,
            Description = asked.Description,
            ProvisioningState = ProvisioningStates.Succeeded,
        };
        var identity = Identity(problems, before?.Identity, wanted.Identity, context);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new StorageEndpoint
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Identity = identity,
            Properties = properties,
        };
    }

    /// <summary>In a PUT an empty address of a secret means that there is none, as recorded; in a PATCH it stays and clears what was
    /// there.</summary>
    public static StorageEndpoint WithoutEmptySecrets(StorageEndpoint wanted) => wanted.Properties switch
    {
        SmbMountProperties { Credentials: { } smb } mount => wanted with { Properties = mount with { Credentials = WithoutEmpty(smb) } },
        S3WithHmacProperties { Credentials: { } keys } s3 => wanted with { Properties = s3 with { Credentials = WithoutEmpty(keys) } },
        _ => wanted,
    };

    private static VaultCredentials WithoutEmpty(VaultCredentials credentials) => credentials with
    {
        UsernameUri = credentials.UsernameUri is "" ? null : credentials.UsernameUri,
        PasswordUri = credentials.PasswordUri is "" ? null : credentials.PasswordUri,
        AccessKeyUri = credentials.AccessKeyUri is "" ? null : credentials.AccessKeyUri,
        SecretKeyUri = credentials.SecretKeyUri is "" ? null : credentials.SecretKeyUri,
    };

    private static string? Kind(Problems problems, string? before, StorageEndpointProperties asked)
    {
        var kind = problems.Known(P + "endpointKind", asked.EndpointKind, StorageEndpointKinds.All);
        if (kind == StorageEndpointKinds.Target && asked is (MultiCloudConnectorProperties or S3WithHmacProperties))
        {
            problems.Add(P + "endpointKind", $"The endpoint kind {kind} is not supported for the endpoint type {asked.EndpointType}.");
        }

        if (before is not null && kind is not null)
        {
            problems.Unchanged(P + "endpointKind", before, kind);
        }

        return kind ?? before ?? asked switch
        {
            BlobContainerProperties or SmbFileShareProperties or NfsFileShareProperties => StorageEndpointKinds.Target,
            _ => StorageEndpointKinds.Source,
        };
    }

    private static StorageEndpointProperties Typed(Problems problems, StorageEndpointProperties? before, StorageEndpointProperties asked) =>
        asked switch
    {
        BlobContainerProperties blob => Blob(problems, before as BlobContainerProperties, blob),
        NfsMountProperties nfs => Nfs(problems, before as NfsMountProperties, nfs),
        SmbMountProperties smb => Smb(problems, before as SmbMountProperties, smb),
        SmbFileShareProperties share => Share(problems, before as SmbFileShareProperties, share),
        NfsFileShareProperties share => Share(problems, before as NfsFileShareProperties, share),
        MultiCloudConnectorProperties cloud => MultiCloud(problems, before as MultiCloudConnectorProperties, cloud),
        S3WithHmacProperties s3 => S3(problems, before as S3WithHmacProperties, s3),
        _ => asked,
    };

    private static BlobContainerProperties Blob(Problems problems, BlobContainerProperties? before, BlobContainerProperties asked)
    {
        problems.IdOfType(P + "storageAccountResourceId", asked.StorageAccountResourceId, StorageAccounts);
        problems.Required(P + "blobContainerName", asked.BlobContainerName);
        if (asked.BlobContainerName is { Length: > 0 } name && !StorageNames.IsContainer(name))
        {
            problems.Add(P + "blobContainerName", "A container name must have 3 to 63 lower-case letters, digits and single hyphens "
                + "between them, or be $root.");
        }

        if (before is not null)
        {
            problems.Unchanged(P + "storageAccountResourceId", before.StorageAccountResourceId, asked.StorageAccountResourceId,
                StringComparison.OrdinalIgnoreCase);
            problems.Unchanged(P + "blobContainerName", before.BlobContainerName, asked.BlobContainerName);
        }

        CrossTenantRules.Accounts(problems, asked.AllowedStorageAccounts);

        return asked;
    }

    private static NfsMountProperties Nfs(Problems problems, NfsMountProperties? before, NfsMountProperties asked)
    {
        Host(problems, asked.Host);
        problems.Required(P + "export", asked.Export);
        problems.Text(P + "export", asked.Export, Limits.PathCharsMax);
        var version = problems.Known(P + "nfsVersion", asked.NfsVersion, NfsVersions.All) ?? before?.NfsVersion;
        if (before is not null)
        {
            problems.Unchanged(P + "host", before.Host, asked.Host, StringComparison.OrdinalIgnoreCase);
            problems.Unchanged(P + "export", before.Export, asked.Export);
            problems.Unchanged(P + "nfsVersion", before.NfsVersion ?? NfsVersions.Auto, version ?? NfsVersions.Auto);
        }

        var source = problems.Known(P + "sourceType", asked.SourceType, MountSourceTypes.Nfs);
        return asked with { NfsVersion = version ?? NfsVersions.Auto, SourceType = source };
    }

    private static SmbMountProperties Smb(Problems problems, SmbMountProperties? before, SmbMountProperties asked)
    {
        Host(problems, asked.Host);
        problems.Required(P + "shareName", asked.ShareName);
        problems.Text(P + "shareName", asked.ShareName, Limits.PathCharsMax);
        if (before is not null)
        {
            problems.Unchanged(P + "host", before.Host, asked.Host, StringComparison.OrdinalIgnoreCase);
            problems.Unchanged(P + "shareName", before.ShareName, asked.ShareName, StringComparison.OrdinalIgnoreCase);
        }

        return asked with
        {
            Credentials = Credentials(problems, asked.Credentials, CredentialTypes.Smb),
            SourceType = problems.Known(P + "sourceType", asked.SourceType, MountSourceTypes.Smb),
        };
    }

    private static SmbFileShareProperties Share(Problems problems, SmbFileShareProperties? before, SmbFileShareProperties asked)
    {
        ShareOf(problems, before?.StorageAccountResourceId, before?.FileShareName, asked.StorageAccountResourceId, asked.FileShareName);
        CrossTenantRules.Accounts(problems, asked.AllowedStorageAccounts);
        return asked;
    }

    private static NfsFileShareProperties Share(Problems problems, NfsFileShareProperties? before, NfsFileShareProperties asked)
    {
        ShareOf(problems, before?.StorageAccountResourceId, before?.FileShareName, asked.StorageAccountResourceId, asked.FileShareName);
        return asked;
    }

    private static void ShareOf(Problems problems, string? accountBefore, string? shareBefore, string? account, string? share)
    {
        problems.IdOfType(P + "storageAccountResourceId", account, StorageAccounts);
        problems.Required(P + "fileShareName", share);
        if (share is { Length: > 0 } && !StorageNames.IsShare(share))
        {
            problems.Add(P + "fileShareName", "A share name must have 3 to 63 lower-case letters, digits and single hyphens between them.");
        }

        if (accountBefore is not null)
        {
            problems.UnchangedId(P + "storageAccountResourceId", accountBefore, account);
            problems.Unchanged(P + "fileShareName", shareBefore, share);
        }
    }

    private static MultiCloudConnectorProperties MultiCloud(Problems problems, MultiCloudConnectorProperties? before,
        MultiCloudConnectorProperties asked)
    {
        problems.IdOfType(P + "multiCloudConnectorId", asked.MultiCloudConnectorId, "Microsoft.HybridConnectivity/publicCloudConnectors");
        problems.IdOfType(P + "awsS3BucketId", asked.AwsS3BucketId, "Microsoft.AwsConnector/s3Buckets");
        if (before is not null)
        {
            problems.Unchanged(P + "multiCloudConnectorId", before.MultiCloudConnectorId, asked.MultiCloudConnectorId,
                StringComparison.OrdinalIgnoreCase);
        }

        return asked;
    }

    private static S3WithHmacProperties S3(Problems problems, S3WithHmacProperties? before, S3WithHmacProperties asked)
    {
        var source = problems.Known(P + "sourceType", asked.SourceType, S3SourceTypes.All);
        problems.Text(P + "otherSourceTypeDescription", asked.OtherSourceTypeDescription, Limits.DescriptionCharsMax);
        if (asked.SourceUri is not null && !(Uri.TryCreate(asked.SourceUri, UriKind.Absolute, out var uri)
            && uri.Scheme == Uri.UriSchemeHttps))
        {
            problems.Add(P + "sourceUri", "The source URI must be an absolute https URI.");
        }

        if (before is not null)
        {
            problems.Unchanged(P + "sourceType", before.SourceType, source);
            problems.Unchanged(P + "sourceUri", before.SourceUri, asked.SourceUri);
            problems.Unchanged(P + "otherSourceTypeDescription", before.OtherSourceTypeDescription, asked.OtherSourceTypeDescription);
        }

        return asked with { SourceType = source, Credentials = Credentials(problems, asked.Credentials, CredentialTypes.S3WithHmac) };
    }

    private static void Host(Problems problems, string? host)
    {
        problems.Required(P + "host", host);
        problems.Text(P + "host", host, 255);
        if (host is not null && host.AsSpan().ContainsAny(ForbiddenInHosts))
        {
            problems.Add(P + "host", "A host must be a host name or an IP address, without a path.");
        }
    }

    private static VaultCredentials? Credentials(Problems problems, VaultCredentials? asked, string type)
    {
        if (asked is null)
        {
            return null;
        }

        if (asked.Type is not null && !asked.Type.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(P + "credentials.type", $"The credentials of this endpoint type must be of type '{type}'.");
        }

        Secret(problems, "usernameUri", asked.UsernameUri);
        Secret(problems, "passwordUri", asked.PasswordUri);
        Secret(problems, "accessKeyUri", asked.AccessKeyUri);
        Secret(problems, "secretKeyUri", asked.SecretKeyUri);
        return asked with { Type = type };
    }

    private static void Secret(Problems problems, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value) && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            problems.Add(P + "credentials." + name, "A credential must be the https URI of a vault secret, not the secret itself.");
        }
    }

    private static ManagedIdentity? Identity(Problems problems, ManagedIdentity? before, ManagedIdentity? asked, RuleContext context)
    {
        if (asked is null)
        {
            return before;
        }

        var type = problems.Known("identity.type", asked.Type ?? string.Empty, [IdentityTypes.None, IdentityTypes.SystemAssigned,
            IdentityTypes.UserAssigned, IdentityTypes.Both]);
        return type switch
        {
            null or IdentityTypes.None => null,
            IdentityTypes.UserAssigned => new() { Type = type, UserAssignedIdentities = asked.UserAssignedIdentities },
            _ => new()
            {
                PrincipalId = before?.PrincipalId ?? context.NewGuid().ToString(),
                TenantId = before?.TenantId ?? context.TenantId,
                Type = type,
                UserAssignedIdentities = type == IdentityTypes.Both ? asked.UserAssignedIdentities : null,
            },
        };
    }
}

/// <summary>Names of what a storage account holds. Source: Azure Storage, "naming and referencing containers/shares".</summary>
public static class StorageNames
{
    /// <summary>Whether a container may be called so.</summary>
    public static bool IsContainer(string name) => name is "$root" or "$web" || IsShare(name);

    /// <summary>Whether a share may be called so.</summary>
    public static bool IsShare(string name) =>
        name.Length is >= 3 and <= 63
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
}
