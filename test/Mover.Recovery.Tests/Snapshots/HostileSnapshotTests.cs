using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;
using static Mover.Recovery.Tests.Snapshots.SnapshotSamples;

namespace Mover.Recovery.Tests.Snapshots;

/// <summary>Bundles that no snapshot wrote: each is refused with one error, and nothing else happens.</summary>
public sealed class HostileSnapshotTests : IDisposable
{
    private const string Mover = "Microsoft.StorageMover/storageMovers";

    private readonly TempFolder _folder = new();

    public static TheoryData<int> Seeds()
    {
        var first = int.Parse(Environment.GetEnvironmentVariable("MOVER_SEED") ?? "1", CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(first, 4)];
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../../etc")]
    [InlineData("..")]
    [InlineData("m1/..")]
    [InlineData("m\u001b[2J")]
    [InlineData("m 1; rm -rf .")]
    [InlineData("-m")]
    [InlineData("")]
    public void A_name_that_no_mover_can_have_is_refused(string name) => AssertDamaged(Of(StorageMover(name)));

    [Fact]
    public void What_would_do_more_than_make_an_estate_is_refused()
    {
        var looped = StorageMover();
        looped["copy"] = new JsonObject { ["name"] = "x", ["count"] = 800 };
        var nested = StorageMover();
        nested["resources"] = new JsonArray();
        var named = StorageMover();
        named["tags"] = new JsonObject { ["[concat('a')]"] = "x" };
        var output = Of(StorageMover());
        output.Template["outputs"] = new JsonObject { ["x"] = new JsonObject() };

        AssertDamaged(Of(StorageMover(description: "[listKeys('x', '2023-01-01').keys[0].value]")));
        AssertDamaged(Of(looped));
        AssertDamaged(Of(nested));
        AssertDamaged(Of(named));
        AssertDamaged(output);
        AssertDamaged(Of(StorageMover(), StorageMover("M1")));
        AssertDamaged(Of(Resource("Microsoft.Resources/deployments", "d")));
        AssertDamaged(Of(Resource("Microsoft.Storage/storageAccounts", "acc")));
        AssertDamaged(Of(Resource(Mover + "/projects", "m1")));
    }

    [Theory]
    [InlineData("""{"resources":[],"resources":[]}""")]
    [InlineData("""{"resources":{}}""")]
    [InlineData("""{"resources":[null]}""")]
    [InlineData("""{"resources":["x"]}""")]
    [InlineData("""{"resources":[{"type":1e999,"name":[]}]}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("")]
    [InlineData("{\"resources\":[")]
    [InlineData("\u0000")]
    public void A_template_that_is_none_is_damaged(string template) => AssertDamaged(Encoding.UTF8.GetBytes(template));

    [Fact]
    public void Deep_nesting_and_huge_numbers_are_no_harm()
    {
        AssertDamaged(Encoding.UTF8.GetBytes($$"""{"resources":{{new string('[', 100_000)}}"""));
        AssertDamaged(Encoding.UTF8.GetBytes($$"""{"resources":[{{string.Concat(Enumerable.Repeat("{\"a\":", 5_000))}}"""));
        var number = StorageMover();
        number["properties"]!["x"] = JsonNode.Parse(new string('9', 100_000));

        Write(Of(number));

        Assert.Equal(new string('9', 100_000), SnapshotFolder.Read(_folder.Path).Template["resources"]![0]!["properties"]!["x"]!.ToJsonString());
    }

    [Theory]
    [InlineData("source", "null")]
    [InlineData("takenBy", "null")]
    [InlineData("agents", "null")]
    [InlineData("agents", "[null]")]
    [InlineData("leftOut", "[{}]")]
    [InlineData("counts", """{"a":99999999999999999999}""")]
    [InlineData("takenAt", "\"yesterday\"")]
    [InlineData("source", """{"server":"x"}""")]
    [InlineData("templateDigest", "7")]
    public void A_manifest_that_lacks_something_is_damaged(string member, string value)
    {
        var snapshot = Of(StorageMover());
        var manifest = JsonSerializer.SerializeToNode(snapshot.Manifest, RecoveryJson.Default.SnapshotManifest)!.AsObject();
        manifest[member] = JsonNode.Parse(value);
        Write(snapshot);
        File.WriteAllText(_folder.At("manifest.json"), manifest.ToJsonString());

        Assert.Equal("SnapshotDamaged", Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(_folder.Path)).Code);
    }

    [Theory]
    [InlineData("ln -s /etc/passwd manifest.json")]
    [InlineData("mkfifo manifest.json")]
    [InlineData("mkdir manifest.json")]
    [InlineData("truncate -s 65M manifest.json")]
    [InlineData("ln -s /dev/zero manifest.json")]
    public void Folders_and_files_that_are_too_long_are_not_read(string command)
    {
        Write(Of(StorageMover()));
        File.Delete(_folder.At("manifest.json"));
        using (var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _folder.Path })!)
        {
            shell.WaitForExit();
        }

        Assert.Equal("SnapshotDamaged", Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(_folder.Path)).Code);
    }

    [Fact]
    public void A_newer_form_is_told_whatever_else_is_in_it()
    {
        Write(Of(StorageMover()));
        File.WriteAllText(_folder.At("manifest.json"), """{"format":"mover-snapshot/2","source":7}""");

        Assert.Equal("SnapshotFormat", Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(_folder.Path)).Code);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_becomes_of_its_bytes_a_bundle_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var whole = Of(StorageMover(), Endpoint("e", "/x"), Job("j"));
        var files = SnapshotFiles.Of(whole, null);
        var read = 0;
        for (var round = 0; round < 500; round++)
        {
            var template = random.Next(2) == 0 ? files.Template : Spoilt(files.Template, random);
            var manifest = (whole.Manifest with { TemplateDigest = SnapshotFolder.DigestOf(template) });
            var described = RecoveryJson.ToBytes(JsonSerializer.SerializeToNode(manifest, RecoveryJson.Default.SnapshotManifest)!);
            File.WriteAllBytes(_folder.At("template.json"), template);
            File.WriteAllBytes(_folder.At("manifest.json"), random.Next(2) == 0 ? described : Spoilt(described, random));
            try
            {
                var snapshot = SnapshotFolder.Read(_folder.Path);

                // What is read can be told and written.
                _ = SnapshotMessage.Of(whole, snapshot);
                _ = SnapshotFiles.Of(snapshot, null);
                read++;
            }
            catch (RecoveryException refused)
            {
                Assert.True(refused.Message.Length < 2000, $"seed {seed}, round {round}");
                Assert.DoesNotContain(refused.Message, c => char.IsControl(c));
            }
        }

        Assert.InRange(read, 1, 499);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_signature_that_was_tampered_with_vouches_for_nothing(int seed)
    {
        var random = new Random(seed);
        SnapshotKey.Create(_folder.At("key"));
        using var key = SnapshotKey.Read(_folder.At("key"));
        SnapshotFolder.Write(_folder.Path, Of(StorageMover()), key);
        var signature = File.ReadAllBytes(_folder.At("signature.json"));
        var whole = SnapshotFolder.Read(_folder.Path, key.PublicPem);
        for (var round = 0; round < 200; round++)
        {
            var bytes = signature.ToArray();
            bytes[SignatureAt(signature) + random.Next(80)] = (byte)"ABCxyz!{\""[random.Next(9)];
            File.WriteAllBytes(_folder.At("signature.json"), random.Next(2) == 0 ? bytes : Spoilt(signature, random));
            try
            {
                Assert.Equal(whole.Manifest.TemplateDigest, SnapshotFolder.Read(_folder.Path, key.PublicPem).Manifest.TemplateDigest);
            }
            catch (RecoveryException refused)
            {
                Assert.Equal("SnapshotNotTrusted", refused.Code);
            }
        }
    }

    private static int SignatureAt(byte[] file) => Encoding.UTF8.GetString(file).IndexOf("\"signature\": \"", StringComparison.Ordinal) + 14;

    private static byte[] Spoilt(byte[] whole, Random random)
    {
        var bytes = whole.ToArray().ToList();
        var fragments = new[] { "{", "}", "[", "]", "\"", ":", ",", "null", "1e999", "-0", "\\ud800", "../", "[[", "\"type\":\"x\",", "\u001b", "\0", "ü" };
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(fragments[random.Next(fragments.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(60)).ToList());
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }

    private void AssertDamaged(Snapshot snapshot) => AssertDamaged(RecoveryJson.ToBytes(snapshot.Template));

    private void AssertDamaged(byte[] template)
    {
        var manifest = Of().Manifest with { TemplateDigest = SnapshotFolder.DigestOf(template) };
        File.WriteAllBytes(_folder.At("template.json"), template);
        File.WriteAllBytes(_folder.At("manifest.json"), RecoveryJson.ToBytes(JsonSerializer.SerializeToNode(manifest, RecoveryJson.Default.SnapshotManifest)!));

        var refused = Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(_folder.Path));

        Assert.Equal("SnapshotDamaged", refused.Code);
        Assert.DoesNotContain(refused.Message, c => char.IsControl(c));
    }

    // As a hostile writer would, with the right digest.
    private void Write(Snapshot snapshot)
    {
        var bytes = RecoveryJson.ToBytes(snapshot.Template);
        SnapshotFolder.Write(_folder.Path, snapshot with { Manifest = snapshot.Manifest with { TemplateDigest = SnapshotFolder.DigestOf(bytes) } });
    }
}
