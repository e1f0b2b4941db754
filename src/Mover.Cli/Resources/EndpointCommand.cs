using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover endpoint</c>: where data is. One create and one update for each kind, as <c>az storage-mover endpoint</c> has them.
/// </summary>
internal static class EndpointCommand
{
    private static BodyFlag Description() => BodyFlag.Text("--description", "properties.description", "A description.");

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Nouns.StorageEndpoint, terminal);
        var command = new Command("endpoint", "Manage storage endpoints: sources and targets of jobs.");
        foreach (var kind in Kinds())
        {
            command.Add(
                verbs.Create(
                    $"create-for-{kind.Word}", $"Create an endpoint for {kind.Title}.",
                    [.. kind.Create, .. kind.Change, EndpointKind(), Description()],
                (_, _, body, _) =>
                {
                    Complete(kind, body);
                    return Task.CompletedTask;
                }));
            command.Add(
                verbs.Update(
                    $"update-for-{kind.Word}", $"Change an endpoint for {kind.Title}.", [.. kind.Change, Description()],
                    body => SetType(kind, body)));
        }

        command.Add(verbs.Show());
        command.Add(verbs.List());
        command.Add(verbs.Delete());
        command.Add(verbs.Wait());
        command.Add(EndpointIdentityCommand.Create(verbs));
        return command;
    }

    private static void Complete(Kind kind, JsonObject body)
    {
        SetType(kind, body);
        if (kind.NeedsIdentity)
        {
            body["identity"] = new JsonObject { ["type"] = IdentityTypes.SystemAssigned };
        }
    }

    private static void SetType(Kind kind, JsonObject body)
    {
        BodyFlags.Set(body, "properties.endpointType", kind.Type);
        if (kind.Credentials is not null && body["properties"]?["credentials"] is JsonObject credentials)
        {
            credentials["type"] = kind.Credentials;
        }
    }

    private static BodyFlag EndpointKind() =>
        BodyFlag.Choice("--endpoint-kind", "properties.endpointKind", "What the endpoint is used as:", ["Source", "Target"]);

    private static BodyFlag AccountId() =>
        BodyFlag.Text("--storage-account-id", "properties.storageAccountResourceId", "Resource id of the storage account.", required: true);

    private static BodyFlag ShareOfAccount() =>
        BodyFlag.Text("--file-share-name", "properties.fileShareName", "Name of the file share.", required: true);

    private static BodyFlag Host() =>
        BodyFlag.Text("--host", "properties.host", "Host name or IP address of the file server.", required: true);

    private static BodyFlag SecretUri(string name, string path, string what) =>
        BodyFlag.Text(name, $"properties.credentials.{path}", $"Key Vault URI of the secret with the {what}; empty to clear it.");

    private static IEnumerable<Kind> Kinds()
    {
        yield return new("nfs", "an NFS export", StorageEndpointTypes.NfsMount,
            [
                Host(), BodyFlag.Text("--export", "properties.export", "The exported folder.", required: true),
                BodyFlag.Choice("--nfs-version", "properties.nfsVersion", "Protocol version:", ["NFSauto", "NFSv3", "NFSv4"]),
            ], []);
        yield return new("smb", "an SMB share", StorageEndpointTypes.SmbMount,
            [Host(), BodyFlag.Text("--share-name", "properties.shareName", "Name of the share.", required: true)],
            [SecretUri("--username-uri", "usernameUri", "user name"), SecretUri("--password-uri", "passwordUri", "password")],
            Credentials: "AzureKeyVaultSmb");
        yield return new("storage-container", "a blob container", StorageEndpointTypes.AzureStorageBlobContainer,
            [AccountId(), BodyFlag.Text("--container-name", "properties.blobContainerName", "Name of the blob container.", required: true)],
            [],
            NeedsIdentity: true);
        yield return new("storage-smb-file-share", "an SMB file share of a storage account", StorageEndpointTypes.AzureStorageSmbFileShare,
            [AccountId(), ShareOfAccount()], [], NeedsIdentity: true);
        yield return new("storage-nfs-file-share", "an NFS file share of a storage account", StorageEndpointTypes.AzureStorageNfsFileShare,
            [AccountId(), ShareOfAccount()], [], NeedsIdentity: true);
        yield return new(
            "multi-cloud-connector", "an AWS S3 bucket through a multicloud connector", StorageEndpointTypes.AzureMultiCloudConnector,
            [
                BodyFlag.Text(
                    "--multi-cloud-connector-id", "properties.multiCloudConnectorId", "Resource id of the multicloud connector.",
                    required: true, alias: "--connector-id"),
                BodyFlag.Text("--aws-s3-bucket-id", "properties.awsS3BucketId", "Resource id of the bucket.", required: true),
            ], [], NeedsIdentity: true);
        yield return new("s3-with-hmac", "an S3-compatible bucket", StorageEndpointTypes.S3WithHmac,
            [
                BodyFlag.Text("--source-uri", "properties.sourceUri", "Address of the bucket.", required: true),
                BodyFlag.Choice(
                    "--source-type", "properties.sourceType", "The kind of store:",
                    ["ALIBABA", "DELL_EMC", "GCS", "IBM", "MINIO", "OTHER"]),
                BodyFlag.Text(
                    "--other-source-type-description", "properties.otherSourceTypeDescription",
                    "Description of the store when its type is OTHER."),
            ],
            [SecretUri("--access-key-uri", "accessKeyUri", "access key"), SecretUri("--secret-key-uri", "secretKeyUri", "secret key")],
            Credentials: "AzureKeyVaultS3WithHMAC");
    }

    /// <summary>One kind of endpoint: flags only for its creation, and flags that an update takes too.</summary>
    private sealed record Kind(
        string Word, string Title, string Type, IReadOnlyList<BodyFlag> Create, IReadOnlyList<BodyFlag> Change,
        bool NeedsIdentity = false, string? Credentials = null);
}
