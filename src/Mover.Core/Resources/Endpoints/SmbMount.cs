using System.Text.Json.Serialization;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>An SMB share.</summary>
internal static class SmbMount
{
    public static readonly EndpointKind<SmbMountProperties> Kind = new(
        StorageEndpointTypes.SmbMount,
        [
            new TextProperty<SmbMountProperties>("host", p => p.Host)
            {
                IsRequired = true,
                CharsMax = 255,
                Pattern = TextPatterns.Host,
                Casing = TextCasing.Ignored,
                Column = "Host",
                Flags = [new("--host", "Host name or IP address of the file server.")],
            },
            new TextProperty<SmbMountProperties>("shareName", p => p.ShareName)
            {
                IsRequired = true,
                CharsMax = Limits.PathCharsMax,
                Casing = TextCasing.Ignored,
                Column = "Share",
                Flags = [new("--share-name", "Name of the share.")],
            },
            new CredentialsProperty<SmbMountProperties>(
                CredentialTypes.Smb, p => p.Credentials, (p, credentials) => p with { Credentials = credentials },
                new CredentialSecret("usernameUri", "--username-uri", "user name", c => c.UsernameUri),
                new CredentialSecret("passwordUri", "--password-uri", "password", c => c.PasswordUri)),
            new TextProperty<SmbMountProperties>("sourceType", p => p.SourceType)
            {
                Since = ApiCatalogue.V202605,
                Change = PropertyChange.ByPut,
                Words = MountSourceTypes.Smb,
                Keep = (p, source) => p with { SourceType = source },
            },
        ])
    {
        Since = ApiCatalogue.V202307,
        UsedAs = StorageEndpointKinds.Source,
        Pairs =
        [
            EndpointPairs.To(
                JobTypes.OnPremToCloud, StorageEndpointTypes.AzureStorageBlobContainer, StorageEndpointTypes.AzureStorageSmbFileShare,
                StorageEndpointTypes.NfsMount, StorageEndpointTypes.SmbMount),
            EndpointPairs.To(
                JobTypes.OnPremToCloudAgentLess, StorageEndpointTypes.AzureStorageBlobContainer,
                StorageEndpointTypes.AzureStorageSmbFileShare),
        ],
        Words = new("smb", "an SMB share"),
        OrderedAs = (order, p) => order with { Host = p.Host, ShareName = p.ShareName },
        MountedAs = order => $"//{order.Host}/{order.ShareName}",
    };
}

public static partial class StorageEndpointTypes
{
    /// <summary>An SMB share.</summary>
    public const string SmbMount = "SmbMount";
}

[JsonDerivedType(typeof(SmbMountProperties), StorageEndpointTypes.SmbMount)]
public abstract partial record StorageEndpointProperties;

/// <summary>An SMB share.</summary>
public sealed record SmbMountProperties : StorageEndpointProperties
{
    /// <summary>Host name or address; required, create-only.</summary>
    public string? Host { get; init; }

    /// <summary>The share's name; required, create-only.</summary>
    public string? ShareName { get; init; }

    /// <summary>One of <see cref="MountSourceTypes.Smb"/>; null means a plain mount.</summary>
    public string? SourceType { get; init; }

    /// <summary>Where the user name and password are kept; null when none are needed.</summary>
    public VaultCredentials? Credentials { get; init; }

    /// <inheritdoc/>
    protected internal override EndpointKind Kind => SmbMount.Kind;
}

public static partial class MountSourceTypes
{
    /// <summary>Of an SMB mount.</summary>
    public static readonly IReadOnlyList<string> Smb = ["SmbMount", "FSX-SMB", "FSXSMB"];
}

public static partial class CredentialTypes
{
    /// <summary>User name and password of an SMB share, in Key Vault.</summary>
    public const string Smb = "AzureKeyVaultSmb";
}
