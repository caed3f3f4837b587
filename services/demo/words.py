"""What made-up people write: notes, reasons, documents."""

from __future__ import annotations

NOTES = (
    "Số liệu tổng hợp đến hết ngày 14/12/2024.",
    "Số liệu trích xuất từ Hệ thống thông tin giải quyết thủ tục hành chính tỉnh.",
    "Đã đối chiếu với báo cáo năm gửi Sở Nội vụ.",
    "Có danh mục sản phẩm kèm theo báo cáo.",
    "Số liệu do bộ phận chuyên môn cung cấp, lãnh đạo đơn vị đã kiểm tra.",
)
NOT_APPLICABLE = "Trong năm đơn vị không phát sinh nội dung này nên đề nghị không đánh giá."
WITHOUT_PROOF = "Tài liệu đang được số hóa, sẽ bổ sung khi có yêu cầu; số liệu thể hiện trong báo cáo năm của đơn vị."
STATED = "Đơn vị đề nghị xem xét điểm này vì một nhiệm vụ được cơ quan giao cho phép lùi thời hạn bằng văn bản."
LOWERED = (
    "Tài liệu kiểm chứng chưa đủ căn cứ cho toàn bộ số liệu đã kê khai.",
    "Đối chiếu với hệ thống theo dõi nhiệm vụ, một số nhiệm vụ hoàn thành sau thời hạn.",
    "Một phần kết quả thuộc năm 2023, không tính cho năm 2024.",
    "Số liệu trên Hệ thống thông tin giải quyết thủ tục hành chính thấp hơn số liệu kê khai.",
    "Văn bản kiểm chứng ban hành chậm so với thời hạn quy định.",
)
AGREED = ("Đủ tài liệu kiểm chứng.", "Số liệu khớp với báo cáo năm.", "")
DECIDED = (
    "Hội đồng thống nhất điều chỉnh sau khi xem xét tài liệu bổ sung tại phiên họp.",
    "Hội đồng thống nhất chấm theo mức thấp hơn do chưa đủ thời gian áp dụng trong năm.",
)
QUESTIONS = (
    "Đề nghị giải trình căn cứ của số liệu đã kê khai và bổ sung văn bản có chữ ký, ngày ban hành.",
    "Tài liệu kiểm chứng chưa thể hiện thời gian hoàn thành; đề nghị làm rõ các nhiệm vụ hoàn thành đúng hạn.",
    "Số liệu kê khai cao hơn số liệu theo dõi của Sở; đề nghị đối chiếu và giải trình phần chênh lệch.",
    "Đề nghị cho biết kết quả này thuộc năm 2024 hay năm 2023 và gửi kèm báo cáo liên quan.",
)
ANSWERS = (
    "Văn bản được ban hành đúng thời hạn; bản có chữ ký số đã gửi qua trục liên thông, số hiệu nêu tại báo cáo năm.",
    "Phần chênh lệch là hai nhiệm vụ được cho phép lùi thời hạn bằng văn bản; đơn vị gửi kèm văn bản đồng ý.",
    "Đơn vị đã đối chiếu lại: số liệu tính đến hết ngày 14/12/2024, kết quả thuộc năm 2024.",
)
PERSUADED = "Đơn vị đã giải trình đủ căn cứ, chấp nhận số liệu kê khai."
REMARKS = {
    "team": "Cần xem bản gốc trước khi quyết định; các đơn vị cùng khối đều có văn bản này.",
    "unit": "Năm sau đề nghị nêu rõ trang, mục của tài liệu kiểm chứng.",
}
SUPERIOR = "UBND cấp huyện điều chỉnh theo số liệu quyết toán đã được phê duyệt."
SENT_BACK = "Đề nghị tổ giúp việc đối chiếu lại số liệu hồ sơ trực tuyến với Cổng Dịch vụ công trước khi trình lại."
EXTENDED = "Đơn vị thay đổi cán bộ phụ trách, cần thêm thời gian hoàn thiện tài liệu kiểm chứng."
REOPENED = "Đơn vị đề nghị bổ sung số liệu giải ngân sau khi Kho bạc Nhà nước xác nhận."
REMINDED = "Đề nghị hoàn thành và ký duyệt phiếu trước thời hạn; vướng mắc liên hệ Sở Nội vụ."
DELEGATED = "Lãnh đạo đi công tác dài ngày, ủy quyền ký duyệt phiếu tự đánh giá."
PAGES = ("trang 1", "trang 2-3", "Mục I, trang 2", "Mục II.3, trang 5", "Phụ lục I", "Phụ lục II, trang 8", "Biểu số 3")

#: key, symbol of the kind of document, title, month and day of issue, fields it proves
PAPERS = (
    ("plan", "KH", "Kế hoạch cải cách hành chính năm 2024 của {unit}", (1, 18), "1"),
    ("report", "BC", "Báo cáo kết quả công tác cải cách hành chính năm 2024 của {unit}", (12, 10), "158"),
    ("law", "BC", "Báo cáo công tác văn bản và theo dõi thi hành pháp luật năm 2024 của {unit}", (12, 5), "2"),
    ("procedures", "BC", "Báo cáo kiểm soát và giải quyết thủ tục hành chính năm 2024 của {unit}", (12, 12), "3"),
    ("staff", "QĐ", "Quyết định phê duyệt vị trí việc làm, cơ cấu ngạch công chức của {unit}", (4, 22), "45"),
    ("organisation", "BC", "Báo cáo tổ chức bộ máy, biên chế năm 2024 của {unit}", (11, 28), "4"),
    ("spending", "QĐ", "Quyết định ban hành Quy chế chi tiêu nội bộ năm 2024 của {unit}", (1, 29), "6"),
    ("digital", "BC", "Báo cáo kết quả chuyển đổi số năm 2024 của {unit}", (12, 11), "7"),
    ("model", "QĐ", "Quyết định công nhận sáng kiến, mô hình cải cách hành chính năm 2024", (10, 9), "9"),
)
#: The one of them that is the same document for all units.
JOINT = "model"
#: How documents of departments are signed; those of districts and communes with UBND.
SIGNS = {
    "S01": "VPUBND", "S02": "SNV", "S03": "STP", "S04": "STC", "S05": "SKHĐT", "S06": "SCT", "S07": "SNNPTNT",
    "S08": "SGTVT", "S09": "SXD", "S10": "STNMT", "S11": "STTTT", "S12": "SLĐTBXH", "S13": "SVHTTDL", "S14": "SKHCN",
    "S15": "SGDĐT", "S16": "SYT", "S17": "TTr", "S18": "BQLKCN",
}  # fmt: skip
MOVES_TO = "Huyện ủy Long Hồ"
NO_DECISION = "Chưa nhận được quyết định điều động; đề nghị gửi lại khi có quyết định."
NEWCOMER = "Thay chuyên viên chuyển công tác"
