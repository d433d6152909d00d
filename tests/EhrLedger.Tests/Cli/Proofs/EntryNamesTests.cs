using System.Reflection;
using EhrLedger.Cli.Proofs;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Proofs;

public sealed class EntryNamesTests
{
    private static IEnumerable<TestCaseData> Types =>
        from holder in (Type[])[typeof(EntryType), typeof(ConsentEntryTypes), typeof(RecoveryEntryTypes)]
        from member in holder.GetFields(BindingFlags.Public | BindingFlags.Static).Cast<MemberInfo>().Concat(holder.GetProperties(BindingFlags.Public | BindingFlags.Static))
        let type = member is FieldInfo own ? own.GetValue(null) : ((PropertyInfo)member).GetValue(null)
        where type is EntryType
        select new TestCaseData((EntryType)type, member.Name).SetArgDisplayNames(member.Name);

    [TestCaseSource(nameof(Types))]
    public void Every_type_has_its_name(EntryType type, string name) => Assert.That(EntryNames.Of(type), Is.EqualTo($"{name} ({type.Number})"));

    [Test]
    public void One_that_is_not_known_is_a_number() => Assert.That(EntryNames.Of(new EntryType(250)), Is.EqualTo("type 250"));
}
