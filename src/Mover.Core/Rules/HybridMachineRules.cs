using System.Security.Cryptography;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT or PATCH of a hybrid machine may ask, and what becomes of it. Pure.</summary>
public static class HybridMachineRules
{
    /// <summary>What a PATCH may change. The key is replaced this way only, which is on purpose.</summary>
    public static readonly ResourcePatch Patch = new(["clientPublicKey", "machineFqdn", "osName", "osVersion"], ["vmId"], ["tags"]);

    private const string P256 = "1.2.840.10045.3.1.7";
    private const int KeyCharsMax = 1024;
    private const int TextCharsMax = 256;

    /// <summary>
    /// The resource to keep, or everything that is wrong with it. The VM id is made once and stays. The identity stays as long as the key
    /// does: the holder of another key is another identity, without the roles of the one before. A PUT may set the key when there is none
    /// and repeat it, but not replace it.
    /// </summary>
    /// <param name="id">The machine.</param>
    /// <param name="before">What is there; null for a new one.</param>
    /// <param name="wanted">What is asked.</param>
    /// <param name="mayReplaceKey">True for a PATCH.</param>
    /// <param name="context">Time, tenant, and the maker of ids.</param>
    public static Result<HybridMachine> Put(
        ResourceId id, HybridMachine? before, HybridMachine wanted, bool mayReplaceKey, RuleContext context)
    {
        var problems = new Problems();
        var asked = wanted.Properties ?? new();
        var kept = before?.Properties;
        var location = Tracked.Location(problems, before?.Location, wanted.Location);
        var tags = Tracked.Tags(problems, wanted.Tags);
        CheckVmId(problems, kept?.VmId, asked.VmId);
        CheckKey(problems, kept?.ClientPublicKey, asked.ClientPublicKey, mayReplaceKey);
        problems.Text("properties.machineFqdn", asked.MachineFqdn, TextCharsMax);
        problems.Text("properties.osName", asked.OsName, TextCharsMax);
        problems.Text("properties.osVersion", asked.OsVersion, TextCharsMax);
        problems.Text("kind", wanted.Kind, TextCharsMax);
        if (wanted.Identity?.Type is { } type && !type.Equals(IdentityTypes.SystemAssigned, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add("identity.type", $"A hybrid machine's identity type must be '{IdentityTypes.SystemAssigned}'.");
        }

        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        var isOtherKey = asked.ClientPublicKey is { } key && key != kept?.ClientPublicKey;
        return new HybridMachine
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type,
            Location = location,
            Tags = tags,
            Kind = wanted.Kind,
            Identity = (isOtherKey ? null : before?.Identity) ?? new()
            {
                PrincipalId = context.NewGuid().ToString(),
                TenantId = context.TenantId,
                Type = IdentityTypes.SystemAssigned,
            },
            Properties = new()
            {
                VmId = kept?.VmId ?? asked.VmId?.ToLowerInvariant() ?? context.NewGuid().ToString(),
                ClientPublicKey = asked.ClientPublicKey ?? kept?.ClientPublicKey,
                MachineFqdn = asked.MachineFqdn,
                OsName = asked.OsName,
                OsVersion = asked.OsVersion,
                Status = kept?.Status ?? "Connected",
                LastStatusChange = kept?.LastStatusChange ?? context.Now,
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
    }

    /// <summary>True for a P-256 public key: SubjectPublicKeyInfo in base64.</summary>
    public static bool IsPublicKey(string text)
    {
        var bytes = new byte[KeyCharsMax];
        if (text.Length > KeyCharsMax || !Convert.TryFromBase64String(text, bytes, out var length))
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(bytes.AsSpan(0, length), out var read);
            return read == length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void CheckVmId(Problems problems, string? before, string? wanted)
    {
        if (wanted is null)
        {
            return;
        }

        if (!Guid.TryParseExact(wanted, "D", out _))
        {
            problems.Add("properties.vmId", "The VM id of a machine must be a GUID.");
        }
        else if (before is not null)
        {
            problems.Unchanged("properties.vmId", before, wanted, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static void CheckKey(Problems problems, string? before, string? wanted, bool mayReplace)
    {
        const string Path = "properties.clientPublicKey";
        if (wanted is null)
        {
            return;
        }

        if (!IsPublicKey(wanted))
        {
            problems.Add(Path, "The public key must be an EC P-256 key (SubjectPublicKeyInfo in base64).");
        }
        else if (!mayReplace && before is not null && before != wanted)
        {
            problems.Add(Path, "The machine already has another key. Replace it with a PATCH, or delete the machine first.");
        }
    }
}
