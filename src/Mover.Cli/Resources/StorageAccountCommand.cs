using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Transfers;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover storage-account</c>: accounts that endpoints may name, self-hosted or Azure's. A key goes into the server's vault and never
/// comes back.
/// </summary>
internal static class StorageAccountCommand
{
    public static readonly Noun Noun = new(
        "storage account", ResourceTypes.StorageAccount, [new("storageAccounts", "storage-account")],
        [
            Column.Name, new("Location", "location"), new("Sku", "sku.name"), new("Blob", "properties.primaryEndpoints.blob"),
            new("KeyIsSet", "properties.keyIsSet"),
        ]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        return new("storage-account", "Register the storage accounts that endpoints use.")
        {
            verbs.Create("create", "Register a storage account, or replace its registration.",
                [
                    BodyFlag.Text("--location", "location", "Region; by default, the resource group's.", alias: "-l"),
                    BodyFlag.Text("--sku", "sku.name", "Redundancy option, such as Standard_GZRS; Standard_LRS by default."),
                    BodyFlag.Text("--kind", "kind", "Kind of account; StorageV2 by default."),
                    BodyFlag.Text(
                        "--blob-endpoint", "properties.primaryEndpoints.blob",
                        "Address of a self-hosted Blob service, such as http://127.0.0.1:10000/devstoreaccount1; Azure's by default."),
                    BodyFlag.Tags(),
                ],
                async (plane, id, body, cancel) =>
                {
                    await Locations.FromGroupAsync(plane, id, body, cancel);
                    body["kind"] ??= "StorageV2";
                    body["sku"] ??= new JsonObject { ["name"] = "Standard_LRS" };
                }),
            verbs.Update("update", "Change a storage account's registration.",
                [
                    BodyFlag.Text("--sku", "sku.name", "Redundancy option, such as Standard_GZRS."),
                    BodyFlag.Text("--blob-endpoint", "properties.primaryEndpoints.blob", "Address of a self-hosted Blob service."),
                    BodyFlag.Tags(),
                ]),
            verbs.Show(),
            verbs.List(groupIsOptional: true),
            verbs.Delete(),
            SetKey(verbs, terminal),
            CreateContainer(verbs, terminal),
        };
    }

    /// <summary>
    /// Makes a container from here, with a key or SAS that is given here: the control plane never touches data, and gives no key back.
    /// </summary>
    private static Command CreateContainer(NounVerbs verbs, Terminal terminal)
    {
        var scope = new ScopeFlags(Noun, withName: true);
        var container = new Option<string>("--container-name") { Description = "Name of the container.", Required = true };
        var credentials = new BlobCredentials();
        var command = verbs.Build(
            "create-container", "Create a container in the account, from this machine, "
                + "with the account's key or a SAS.", scope, [container],
            async (plane, parsed, _, cancel) =>
        {
            var id = await scope.ReadIdAsync(parsed, plane, cancel);
            var (volume, address) = await AccountContainers.OpenAsync(
                plane, id, parsed.GetRequiredValue(container), string.Empty, credentials, parsed, terminal, cancel);
            await using var opened = volume;
            var isNew = await volume.CreateContainerAsync(cancel);
            terminal.Error.WriteLine(isNew ? $"Created the container {address}." : $"The container {address} already exists.");
        });
        credentials.AddTo(command);
        return command;
    }

    private static Command SetKey(NounVerbs verbs, Terminal terminal)
    {
        var scope = new ScopeFlags(Noun, withName: true);
        var file = new Option<string?>("--key-file")
        {
            Description = "File with the account key; standard input by default.",
            HelpName = "file",
        };
        var endpoint = new Option<string?>("--blob-endpoint")
        {
            Description = "The Blob endpoint that the key is for; fails when the account has another one.",
            HelpName = "url",
        };
        return verbs.Build(
            "set-key", "Store the account's key in the server's vault. The key is read from a file or from standard input.", scope,
            [file, endpoint],
            async (plane, parsed, _, cancel) =>
        {
            var key = Secrets.ReadFileOrStdin(parsed.GetValue(file), terminal, "account key");
            var id = await scope.ReadIdAsync(parsed, plane, cancel);
            var meant = parsed.GetValue(endpoint)
                ?? (await plane.Client.GetAsync(id, cancel))["properties"]?["primaryEndpoints"]?["blob"]?.ToString();
            var account = await plane.Client.PostAsync(id, "setKey", new JsonObject { ["key"] = key, ["blobEndpoint"] = meant }, cancel);
            terminal.Error.WriteLine($"Stored the key of '{id.Name}' for {AccountContainers.EndpointOf(id, account)}; it is not used "
                + "for any other address.");
        });
    }
}
